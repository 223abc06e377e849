-- +goose Up

-- What an access record says beyond other lines of the log: what came of it, and under which conditions people were
-- looked for. Lines of older programs have neither.
ALTER TABLE audit_log ADD COLUMN outcome TEXT;
ALTER TABLE audit_log ADD COLUMN detail TEXT;

-- Whose data one operator touched.
CREATE INDEX audit_log_actor ON audit_log (actor, at) WHERE class = 'access';
