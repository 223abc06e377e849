-- +goose Up

-- The link that an unlink job ends, if the job has tokens: the beginning of its payload. A sign-in finds the job of its
-- link by it, however many others wait or have failed. Generated, because older programs write jobs as well.
ALTER TABLE jobs ADD COLUMN link TEXT GENERATED ALWAYS AS (
    CASE WHEN kind = 'unlink' THEN NULLIF(substr(payload, 1, instr(payload, '","Tokens":')), '') END) VIRTUAL;
CREATE INDEX jobs_link ON jobs (link) WHERE link IS NOT NULL;
