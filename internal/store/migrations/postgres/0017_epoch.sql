-- +goose Up

-- Ending all sessions of all users starts an epoch: sessions of an earlier one have ended. Their rows are deleted
-- afterwards, in the order of their keys; cleared_to is how far that came, NULL when it is done.
CREATE TABLE session_epoch (
    one        SMALLINT PRIMARY KEY CHECK (one = 1),
    epoch      BIGINT NOT NULL,
    cleared_to BYTEA
);
INSERT INTO session_epoch (one, epoch) VALUES (1, 0);
ALTER TABLE sessions ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;
