-- +goose Up

-- Users who may enter the operator's console. factor is the sealed secret of the second factor.
CREATE TABLE operators (
    user_id          TEXT    NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    role             TEXT    NOT NULL CHECK (role IN ('viewer', 'operator')),
    granted_at       BIGINT  NOT NULL,
    granted_by       TEXT    NOT NULL,
    factor           TEXT,
    factor_at        BIGINT,
    factor_step      BIGINT  NOT NULL DEFAULT 0,
    factor_failures  BIGINT  NOT NULL DEFAULT 0,
    factor_failed_at BIGINT
);

CREATE TABLE console_sessions (
    key        BYTEA   NOT NULL PRIMARY KEY CHECK (length(key) = 36),
    id         TEXT    NOT NULL UNIQUE CHECK (length(id) = 36),
    user_id    TEXT    NOT NULL REFERENCES operators (user_id) ON DELETE CASCADE,
    created_at BIGINT  NOT NULL,
    seen_at    BIGINT  NOT NULL,
    expires_at BIGINT  NOT NULL,
    auth_time  BIGINT  NOT NULL,
    factor_at  BIGINT,
    address    TEXT,
    user_agent TEXT
);
CREATE INDEX console_sessions_user ON console_sessions (user_id);
CREATE INDEX console_sessions_expires ON console_sessions (expires_at);
