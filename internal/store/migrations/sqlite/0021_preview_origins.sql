-- +goose Up

-- Origins that API keys have added for some days, such as those of preview deployments.
CREATE TABLE preview_origins (
    id         TEXT    NOT NULL PRIMARY KEY CHECK (length(id) = 36),
    origin     TEXT    NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
