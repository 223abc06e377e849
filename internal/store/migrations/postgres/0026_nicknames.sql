-- +goose Up

-- Operators look users up by the beginning of a nickname.
CREATE INDEX users_nickname ON users (nickname COLLATE "C", id) WHERE nickname IS NOT NULL;
CREATE INDEX identities_nickname ON identities (nickname COLLATE "C", user_id) WHERE nickname IS NOT NULL;
