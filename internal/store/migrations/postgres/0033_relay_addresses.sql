-- +goose Up

-- 1 if the e-mail address of an identity is a relay address: it forwards to one that the provider does not disclose.
ALTER TABLE identities ADD COLUMN email_relay SMALLINT NOT NULL DEFAULT 0 CHECK (email_relay IN (0, 1));

-- The time of the newest provider notice about that address, as the provider says it: older ones have no effect. NULL if
-- there was none.
ALTER TABLE identities ADD COLUMN email_noticed_at BIGINT;
