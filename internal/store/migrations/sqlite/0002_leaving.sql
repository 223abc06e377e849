-- +goose Up

-- Work that must be finished (package jobs). While a job is claimed, run_at is the end of its lease and attempts the
-- number that settles it. The payload goes when the job is done; kind and key stay for a while, so that it is done once.
CREATE TABLE jobs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT    NOT NULL CHECK (kind <> ''),
    key        TEXT    NOT NULL CHECK (key <> ''),
    about      TEXT,
    payload    TEXT,
    state      TEXT    NOT NULL CHECK (state IN ('open', 'done', 'dead')),
    attempts   INTEGER NOT NULL,
    run_at     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    ended_at   INTEGER,
    outcome    TEXT,
    CHECK ((ended_at IS NULL) = (state = 'open')),
    UNIQUE (kind, key)
) STRICT;
CREATE INDEX jobs_due ON jobs (run_at) WHERE state = 'open';
CREATE INDEX jobs_dead ON jobs (ended_at) WHERE state = 'dead';
CREATE INDEX jobs_done ON jobs (ended_at) WHERE state = 'done';
CREATE INDEX jobs_about ON jobs (about) WHERE about IS NOT NULL;

-- Proof of erasure: when, how many, what, by which method, who; nothing that says whose it was.
CREATE TABLE erasures (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    people INTEGER NOT NULL,
    what   TEXT    NOT NULL,
    method TEXT    NOT NULL,
    actor  TEXT    NOT NULL
) STRICT;
