-- +goose Up

-- Failed sign-ins of one provider.
CREATE INDEX failed_attempts_provider ON failed_attempts (provider, id);
