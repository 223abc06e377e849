-- +goose Up

-- The oldest program that may use this schema, by the number of the newest migration that it knows. A migration that
-- an older program could not live with raises it; an additive one leaves it alone (rolling upgrades).
CREATE TABLE schema_support (
    one            INTEGER PRIMARY KEY CHECK (one = 1),
    oldest_program INTEGER NOT NULL
) STRICT;
INSERT INTO schema_support (one, oldest_program) VALUES (1, 1);

-- Times are milliseconds since 1970 in UTC, everywhere. What is not there is NULL.
CREATE TABLE users (
    id         TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    status     TEXT    NOT NULL CHECK (status IN ('pending', 'active', 'disabled', 'withdrawn')),
    ref        TEXT    CHECK (ref <> ''),
    meta       TEXT    CHECK (json_type(meta) = 'object' AND octet_length(meta) <= 4096),
    nickname   TEXT,
    picture    TEXT,
    lang       TEXT,
    created_at INTEGER NOT NULL,
    joined_at  INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX users_ref ON users (ref) WHERE ref IS NOT NULL;
CREATE INDEX users_pending ON users (created_at) WHERE status = 'pending';

-- Nothing but (provider, app, subject) ever finds a user.
CREATE TABLE identities (
    id          TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    user_id     TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider    TEXT    NOT NULL CHECK (provider <> ''),
    app         TEXT    NOT NULL CHECK (app <> ''),
    subject     TEXT    NOT NULL CHECK (subject <> ''),
    nickname    TEXT,
    picture     TEXT,
    email       TEXT,
    email_state INTEGER NOT NULL CHECK (email_state IN (0, 1, 2)),
    linked_at   INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    CHECK ((email IS NULL) = (email_state = 0)),
    UNIQUE (provider, app, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_user ON identities (user_id);

-- The key begins with the time of minting, so new rows lie side by side. There is no reference to identities, because
-- deleting one would then read the whole table; a session without its identity is found by nobody.
CREATE TABLE sessions (
    key             BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 36),
    id              TEXT    NOT NULL UNIQUE CHECK (length(id) = 36),
    user_id         TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    identity_id     TEXT    NOT NULL,
    created_at      INTEGER NOT NULL,
    auth_time       INTEGER NOT NULL,
    seen_at         INTEGER NOT NULL,
    idle_expires_at INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    remember        INTEGER NOT NULL CHECK (remember IN (0, 1)),
    address         TEXT,
    user_agent      TEXT,
    CHECK (idle_expires_at <= expires_at)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_idle ON sessions (idle_expires_at);

-- 1 claimed, 2 succeeded, 3 ended
CREATE TABLE attempts (
    key         BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 32),
    progress    INTEGER NOT NULL CHECK (progress IN (1, 2, 3)),
    code        TEXT,
    session_key BLOB,
    pending     INTEGER NOT NULL CHECK (pending IN (0, 1)),
    claimed_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    CHECK ((session_key IS NOT NULL) = (progress = 2)),
    CHECK ((code IS NOT NULL) = (progress = 3))
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_expires ON attempts (expires_at);

-- Lines are added, never changed.
CREATE TABLE consents (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id    TEXT    NOT NULL REFERENCES users (id),
    kind       TEXT    NOT NULL,
    tag        TEXT    NOT NULL,
    version    TEXT    NOT NULL,
    agreed     INTEGER NOT NULL CHECK (agreed IN (0, 1)),
    at         INTEGER NOT NULL,
    place      TEXT    NOT NULL,
    address    TEXT,
    user_agent TEXT,
    request_id TEXT
) STRICT;
CREATE INDEX consents_user ON consents (user_id, id);
-- +goose StatementBegin
CREATE TRIGGER consents_fixed BEFORE UPDATE ON consents
BEGIN
    SELECT RAISE(ABORT, 'consents are never changed');
END;
-- +goose StatementEnd

-- Append-only: no line is ever changed, and none is deleted but those older than what retention has given up, which
-- audit_retention says and which only moves forward. class: 'member' (sign-ins), 'access' (operators).
CREATE TABLE audit_log (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    class      TEXT    NOT NULL CHECK (class IN ('member', 'access')),
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    actor      TEXT    NOT NULL,
    user_id    TEXT,
    session_id TEXT,
    reason     TEXT,
    address    TEXT,
    user_agent TEXT,
    request_id TEXT
) STRICT;
CREATE INDEX audit_log_at ON audit_log (class, at);
CREATE INDEX audit_log_user ON audit_log (user_id, at) WHERE user_id IS NOT NULL;

CREATE TABLE audit_retention (
    class  TEXT    NOT NULL PRIMARY KEY CHECK (class IN ('member', 'access')),
    before INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO audit_retention (class, before) VALUES ('member', 0), ('access', 0);

-- +goose StatementBegin
CREATE TRIGGER audit_log_fixed BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_log_kept BEFORE DELETE ON audit_log
WHEN OLD.at >= (SELECT before FROM audit_retention WHERE class = OLD.class)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_retention_forward BEFORE UPDATE ON audit_retention
WHEN NEW.before < OLD.before OR NEW.class <> OLD.class
BEGIN
    SELECT RAISE(ABORT, 'audit retention only moves forward');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_retention_stays BEFORE DELETE ON audit_retention
BEGIN
    SELECT RAISE(ABORT, 'audit retention only moves forward');
END;
-- +goose StatementEnd

-- What every process must hear of within a second. Numbers begin at 2, since a reader's cursor 0 means "from now on".
CREATE TABLE changes (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    session_key BLOB,
    user_id     TEXT,
    CHECK ((session_key IS NULL) <> (user_id IS NULL))
) STRICT;
CREATE INDEX changes_at ON changes (at);
INSERT INTO sqlite_sequence (name, seq) VALUES ('changes', 1);

-- For apps to join on; its columns never change meaning. The identity is the one that signed in last. E-mail only if
-- the provider says it is valid and verified.
CREATE VIEW norang_members AS
SELECT u.id,
       u.ref,
       u.status,
       COALESCE(u.nickname, i.nickname) AS nickname,
       COALESCE(u.picture, i.picture) AS picture,
       CASE WHEN i.email_state = 2 THEN i.email END AS email,
       i.provider,
       i.app,
       i.subject,
       strftime('%Y-%m-%dT%H:%M:%fZ', u.created_at / 1000.0, 'unixepoch') AS created_at,
       strftime('%Y-%m-%dT%H:%M:%fZ', u.joined_at / 1000.0, 'unixepoch') AS joined_at
FROM users u
LEFT JOIN identities i ON i.id = (
    SELECT l.id FROM identities l WHERE l.user_id = u.id ORDER BY l.seen_at DESC, l.id LIMIT 1)
WHERE u.status <> 'pending';
