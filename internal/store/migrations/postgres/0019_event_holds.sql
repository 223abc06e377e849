-- +goose Up

-- Users whose next event could not be delivered, or is slow: their events wait here while those of other users go on.
-- next_pos is where their delivery continues. A failure keeps its reason.
CREATE TABLE event_holds (
    user_id       TEXT   PRIMARY KEY CHECK (length(user_id) = 36),
    next_pos      BIGINT NOT NULL,
    due_at        BIGINT NOT NULL,
    failures      BIGINT NOT NULL,
    failing_since BIGINT,
    last_error    TEXT,
    CHECK ((failing_since IS NULL) = (failures = 0))
);
CREATE INDEX event_holds_due ON event_holds (due_at);
CREATE INDEX events_user ON events (user_id, pos) WHERE pos IS NOT NULL;
ALTER TABLE event_delivery ADD COLUMN delivered_at BIGINT;
ALTER TABLE event_delivery ADD COLUMN last_error TEXT;
