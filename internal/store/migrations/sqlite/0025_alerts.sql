-- +goose Up

-- What the operator has been or is to be told by NORANG_ALERT_URL; see package alert. Counts and codes only.
CREATE TABLE alerts (
    kind       TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    since      INTEGER NOT NULL,
    held_at    INTEGER NOT NULL,
    over       INTEGER NOT NULL CHECK (over IN (0, 1)),
    sent_at    INTEGER NOT NULL,
    pending    TEXT    NOT NULL,
    pending_id TEXT    NOT NULL,
    tries      INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;

-- The lease on the check: of several processes one does it.
CREATE TABLE alert_watch (
    one    INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    claims INTEGER NOT NULL,
    due_at INTEGER NOT NULL
) STRICT;
INSERT INTO alert_watch (one, claims, due_at) VALUES (1, 0, 0);
