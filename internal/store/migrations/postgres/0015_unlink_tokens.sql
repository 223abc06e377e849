-- +goose Up

-- Tokens without which the provider cannot end the link. They are kept whatever the setting for tokens says, and move into
-- the unlink job when the identity goes.
ALTER TABLE grants ADD COLUMN for_unlink SMALLINT NOT NULL DEFAULT 0 CHECK (for_unlink IN (0, 1));
