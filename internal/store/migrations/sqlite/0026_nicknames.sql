-- +goose Up

-- PostgreSQL gets indexes on nicknames. SQLite does not: when it rebuilds a page of an index, it leaves copies of deleted
-- entries in the unused part of the page, which secure_delete does not overwrite (docs/decisions/nickname-search.md).
SELECT 1;
