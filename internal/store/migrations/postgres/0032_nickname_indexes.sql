-- +goose Up

-- SQLite drops the indexes of nicknames that some builds made there. Those of PostgreSQL are in use.
SELECT 1;
