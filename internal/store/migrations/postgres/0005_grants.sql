-- +goose Up

-- Kakao's tokens, for services that ask to keep them. They are sealed by the key that key_id names, bound to the identity,
-- and go with it. session_id is the sign-in that brought them, with which they end; NULL are those that outlive it. Who
-- refreshes holds a lease; version counts what was stored, and settles who was quicker. An ended grant is used by nobody
-- and waits for the job that tells Kakao.
CREATE TABLE grants (
    id                 TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    identity_id        TEXT    NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
    session_id         TEXT,
    sealed             TEXT    NOT NULL CHECK (sealed <> ''),
    key_id             TEXT    NOT NULL,
    version            BIGINT NOT NULL,
    access_expires_at  BIGINT NOT NULL,
    refresh_expires_at BIGINT,
    created_at         BIGINT NOT NULL,
    lease_until        BIGINT NOT NULL,
    retry_at           BIGINT NOT NULL,
    ended_at           BIGINT
);
CREATE INDEX grants_identity ON grants (identity_id);
CREATE INDEX grants_session ON grants (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX grants_key ON grants (key_id);
CREATE INDEX grants_lapse ON grants (refresh_expires_at) WHERE refresh_expires_at IS NOT NULL;
