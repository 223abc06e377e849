-- +goose Up

-- Events that an operator has skipped: the app gets them no more.
ALTER TABLE events ADD COLUMN skipped_at INTEGER;
ALTER TABLE events ADD COLUMN skipped_by TEXT;
CREATE INDEX events_skipped ON events (skipped_at) WHERE skipped_at IS NOT NULL;
CREATE INDEX events_id ON events (id);
