-- +goose Up

-- Pages of jobs, provider notices and failed sign-ins take the same time however many there are.
CREATE INDEX jobs_kind ON jobs (kind, id);
CREATE INDEX jobs_state ON jobs (state, id);
DROP INDEX failed_attempts_request;
CREATE INDEX failed_attempts_request ON failed_attempts (request_id, id);
