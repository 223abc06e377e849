-- +goose Up

-- Users who may enter the operator's console. factor is the sealed secret of the second factor.
CREATE TABLE operators (
    user_id          TEXT    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    role             TEXT    NOT NULL CHECK (role IN ('viewer', 'operator')),
    granted_at       INTEGER NOT NULL,
    granted_by       TEXT    NOT NULL,
    factor           TEXT,
    factor_at        INTEGER,
    factor_step      INTEGER NOT NULL DEFAULT 0,
    factor_failures  INTEGER NOT NULL DEFAULT 0,
    factor_failed_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE console_sessions (
    key        BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 36),
    id         TEXT    NOT NULL UNIQUE CHECK (length(id) = 36),
    user_id    TEXT    NOT NULL REFERENCES operators (user_id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    auth_time  INTEGER NOT NULL,
    factor_at  INTEGER,
    address    TEXT,
    user_agent TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX console_sessions_user ON console_sessions (user_id);
CREATE INDEX console_sessions_expires ON console_sessions (expires_at);
