-- +goose Up

-- What the app is told (package events): ids only. Rows are written in the transaction of the thing that they tell of.
-- pos is the reader's cursor. It is given after the commit, by one at a time, so that nothing turns up behind a cursor.
CREATE TABLE events (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    pos     INTEGER,
    id      TEXT    NOT NULL DEFAULT (lower(hex(randomblob(16)))),
    at      INTEGER NOT NULL,
    kind    TEXT    NOT NULL CHECK (kind <> ''),
    user_id TEXT    NOT NULL CHECK (length(user_id) = 36),
    about   TEXT
) STRICT;
CREATE UNIQUE INDEX events_pos ON events (pos) WHERE pos IS NOT NULL;
CREATE INDEX events_unplaced ON events (seq) WHERE pos IS NULL;
CREATE INDEX events_at ON events (at);

-- How far positions were given, and up to where they were deleted again.
CREATE TABLE event_feed (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    last_pos  INTEGER NOT NULL,
    swept_pos INTEGER NOT NULL
) STRICT;
INSERT INTO event_feed (one, last_pos, swept_pos) VALUES (1, 0, 0);

-- How far the app was told. Who claims the delivery holds a number that changes with every claim, and only that number
-- writes here; due_at is the end of its lease, or when to try again.
CREATE TABLE event_delivery (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    pos           INTEGER NOT NULL,
    claims        INTEGER NOT NULL,
    due_at        INTEGER NOT NULL,
    failures      INTEGER NOT NULL,
    failing_since INTEGER,
    CHECK ((failing_since IS NULL) = (failures = 0))
) STRICT;
INSERT INTO event_delivery (one, pos, claims, due_at, failures) VALUES (1, 0, 0, 0, 0);
