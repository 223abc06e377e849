-- +goose Up

-- Who was erased, for as long as backups are kept. It has a schema of its own, so that restoring the schema norang from a
-- backup does not take it back in time; when that schema is made anew, this one may be there already.
CREATE SCHEMA IF NOT EXISTS norang_erasures;
CREATE TABLE IF NOT EXISTS norang_erasures.erased (
    user_id TEXT   NOT NULL PRIMARY KEY,
    at      BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS erased_at ON norang_erasures.erased (at);
