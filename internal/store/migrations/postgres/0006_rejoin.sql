-- +goose Up

-- Until when somebody who left may come back; what is known of them is erased then. NULL for everybody else, those
-- who left and are erased included.
ALTER TABLE users ADD COLUMN purge_at BIGINT;
CREATE INDEX users_purge ON users (purge_at) WHERE purge_at IS NOT NULL;

-- Who left and may not join again yet: an HMAC of provider, app and subject, under a key that is found nowhere else.
CREATE TABLE rejoin_blocks (
    key   BYTEA  NOT NULL PRIMARY KEY CHECK (octet_length(key) = 32),
    until BIGINT NOT NULL
);
CREATE INDEX rejoin_blocks_until ON rejoin_blocks (until);

-- That key, sealed by one of the service's keys. It never changes, only its sealing does.
CREATE TABLE rejoin_key (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    sealed TEXT    NOT NULL CHECK (sealed <> '')
);

-- Of somebody who left, apps see no more while they may come back than afterwards.
-- CREATE OR REPLACE keeps the rights that the operator gave on the view.
CREATE OR REPLACE VIEW members AS
SELECT u.id,
       CASE WHEN u.status <> 'withdrawn' THEN u.ref END AS ref,
       u.status,
       CASE WHEN u.status <> 'withdrawn' THEN COALESCE(u.nickname, i.nickname) END AS nickname,
       CASE WHEN u.status <> 'withdrawn' THEN COALESCE(u.picture, i.picture) END AS picture,
       CASE WHEN i.email_state = 2 THEN i.email END AS email,
       i.provider,
       i.app,
       i.subject,
       to_timestamp(u.created_at / 1000.0) AS created_at,
       to_timestamp(u.joined_at / 1000.0) AS joined_at
FROM users u
LEFT JOIN identities i ON u.status <> 'withdrawn' AND i.id = (
    SELECT l.id FROM identities l WHERE l.user_id = u.id ORDER BY l.seen_at DESC, l.id LIMIT 1)
WHERE u.status <> 'pending';
