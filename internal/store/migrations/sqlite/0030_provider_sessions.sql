-- +goose Up

-- The provider's session (sid) in which the user signed in, as a SHA-256 in hexadecimal; NULL if the provider names none.
-- A notice about the end of that session ends this one and no other.
ALTER TABLE sessions ADD COLUMN provider_session TEXT;
CREATE INDEX sessions_provider ON sessions (provider_session) WHERE provider_session IS NOT NULL;
