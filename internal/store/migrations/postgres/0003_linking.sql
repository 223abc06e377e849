-- +goose Up

-- Which accounts became one. The ledger of the one that is no more stays under its own number, since who agreed to what
-- and when does not change; it goes when the other leaves.
CREATE TABLE merges (
    lost TEXT NOT NULL PRIMARY KEY CHECK (length(lost) = 36),
    kept TEXT NOT NULL CHECK (length(kept) = 36),
    at   BIGINT NOT NULL
);
CREATE INDEX merges_kept ON merges (kept);

-- Link tickets: whoever holds one is the app's member of that number. Only the SHA-256 is here; the newest of a number
-- counts.
CREATE TABLE link_tickets (
    hash       BYTEA NOT NULL PRIMARY KEY CHECK (octet_length(hash) = 32),
    ref        TEXT NOT NULL UNIQUE CHECK (ref <> ''),
    expires_at BIGINT NOT NULL
);
CREATE INDEX link_tickets_expires ON link_tickets (expires_at);
