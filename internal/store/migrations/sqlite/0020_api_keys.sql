-- +goose Up

-- Keys of the server API. Only the hash of a key is stored; used_at is the day of the last use.
CREATE TABLE api_keys (
    id         TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    hash       BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32),
    name       TEXT    NOT NULL,
    scopes     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) STRICT, WITHOUT ROWID;

-- Requests with an Idempotency-Key. answer is sealed, and NULL while the first request runs.
CREATE TABLE api_requests (
    key_id  TEXT    NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    name    BLOB    NOT NULL CHECK (length(name) = 32),
    content BLOB    NOT NULL CHECK (length(content) = 32),
    answer  TEXT,
    at      INTEGER NOT NULL,
    PRIMARY KEY (key_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX api_requests_at ON api_requests (at);
