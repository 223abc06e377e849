-- +goose Up

-- A program without migration 11 does not register erasures, and one without 15 may delete a token that is needed to
-- unlink.
UPDATE schema_support SET oldest_program = 15 WHERE one = 1 AND oldest_program < 15;
