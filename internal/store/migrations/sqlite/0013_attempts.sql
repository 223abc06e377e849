-- +goose Up

-- The same table. A list of three values in a CHECK has SQLite build a table of them in memory for every row that is
-- written, and every sign-in writes its attempt twice. Rows live for minutes, so there are few to copy.
CREATE TABLE attempts_new (
    key         BLOB    NOT NULL PRIMARY KEY CHECK (length(key) = 32),
    progress    INTEGER NOT NULL CHECK (progress BETWEEN 1 AND 3),
    code        TEXT,
    session_key BLOB,
    pending     INTEGER NOT NULL CHECK (pending BETWEEN 0 AND 1),
    claimed_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    CHECK ((session_key IS NOT NULL) = (progress = 2)),
    CHECK ((code IS NOT NULL) = (progress = 3))
) STRICT, WITHOUT ROWID;
INSERT INTO attempts_new (key, progress, code, session_key, pending, claimed_at, expires_at)
SELECT key, progress, code, session_key, pending, claimed_at, expires_at FROM attempts;
DROP TABLE attempts;
ALTER TABLE attempts_new RENAME TO attempts;
CREATE INDEX attempts_expires ON attempts (expires_at);
