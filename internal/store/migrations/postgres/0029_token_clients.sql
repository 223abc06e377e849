-- +goose Up

-- The client that tokens were issued to, where a provider has several (web and apps). The tokens of one client do not
-- replace those of another.
ALTER TABLE grants ADD COLUMN client TEXT NOT NULL DEFAULT '';
