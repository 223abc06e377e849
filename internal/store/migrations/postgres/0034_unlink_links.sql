-- +goose Up

-- The link that an unlink job ends, if the job has tokens: the beginning of its payload. A sign-in finds the job of its
-- link by it, however many others wait or have failed. Generated, because older programs write jobs as well. The index
-- is a hash because links may be longer than what other indexes take.
ALTER TABLE jobs ADD COLUMN link TEXT GENERATED ALWAYS AS (
    CASE WHEN kind = 'unlink' THEN NULLIF(substr(payload, 1, strpos(payload, '","Tokens":')), '') END) STORED;
CREATE INDEX jobs_link ON jobs USING hash (link) WHERE link IS NOT NULL;
