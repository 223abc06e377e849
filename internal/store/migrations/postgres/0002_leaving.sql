-- +goose Up

-- Work that must be finished (package jobs). While a job is claimed, run_at is the end of its lease and attempts the
-- number that settles it. The payload goes when the job is done; kind and key stay for a while, so that it is done once.
CREATE TABLE jobs (
    id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       TEXT    NOT NULL CHECK (kind <> ''),
    key        TEXT    NOT NULL CHECK (key <> ''),
    about      TEXT,
    payload    TEXT,
    state      TEXT    NOT NULL CHECK (state IN ('open', 'done', 'dead')),
    attempts   BIGINT NOT NULL,
    run_at     BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at   BIGINT,
    outcome    TEXT,
    CHECK ((ended_at IS NULL) = (state = 'open')),
    UNIQUE (kind, key)
);
CREATE INDEX jobs_due ON jobs (run_at) WHERE state = 'open';
CREATE INDEX jobs_dead ON jobs (ended_at) WHERE state = 'dead';
CREATE INDEX jobs_done ON jobs (ended_at) WHERE state = 'done';
CREATE INDEX jobs_about ON jobs (about) WHERE about IS NOT NULL;

-- Proof of erasure: when, how many, what, by which method, who; nothing that says whose it was.
CREATE TABLE erasures (
    id     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     BIGINT NOT NULL,
    people BIGINT NOT NULL,
    what   TEXT    NOT NULL,
    method TEXT    NOT NULL,
    actor  TEXT    NOT NULL
);
