-- +goose Up

-- Sign-ins that failed, for seven days; see package failures. No address, state, code or token.
CREATE TABLE failed_attempts (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    request_id TEXT    NOT NULL,
    code       TEXT    NOT NULL,
    provider   TEXT    NOT NULL,
    browser    TEXT    NOT NULL,
    device     TEXT    NOT NULL,
    user_id    TEXT
) STRICT;
CREATE INDEX failed_attempts_at ON failed_attempts (at);
CREATE INDEX failed_attempts_request ON failed_attempts (request_id);
CREATE INDEX failed_attempts_code ON failed_attempts (code, id);
CREATE INDEX failed_attempts_user ON failed_attempts (user_id, id) WHERE user_id IS NOT NULL;
