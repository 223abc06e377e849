-- +goose Up

-- Builds of December 1, 2026 made these indexes with an earlier 0026. Entries of erased users may be left in them, which
-- secure_delete overwrites when the pages are freed.
DROP INDEX IF EXISTS users_nickname;
DROP INDEX IF EXISTS identities_nickname;
