-- +goose Up

-- Keys of the server API. Only the hash of a key is stored; used_at is the day of the last use.
CREATE TABLE api_keys (
    id         TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    hash       BYTEA   NOT NULL UNIQUE CHECK (length(hash) = 32),
    name       TEXT    NOT NULL,
    scopes     TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);

-- Requests with an Idempotency-Key. answer is sealed, and NULL while the first request runs.
CREATE TABLE api_requests (
    key_id  TEXT    NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    name    BYTEA   NOT NULL CHECK (length(name) = 32),
    content BYTEA   NOT NULL CHECK (length(content) = 32),
    answer  TEXT,
    at      BIGINT NOT NULL,
    PRIMARY KEY (key_id, name)
);
CREATE INDEX api_requests_at ON api_requests (at);
