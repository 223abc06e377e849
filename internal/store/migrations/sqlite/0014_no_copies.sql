-- +goose Up

-- A session is read from its three tables again (docs/decisions/session-reads.md). A program that expects the copies, or
-- writes them without the triggers that keep them true, must not start on this database.
DROP TRIGGER copies_session_gone;
DROP TRIGGER copies_session_used;
DROP TRIGGER copies_session_changed;
DROP TRIGGER copies_user_changed;
DROP TRIGGER copies_user_gone;
DROP TRIGGER copies_identity_changed;
DROP TRIGGER copies_identity_gone;
DROP TABLE copies;
UPDATE schema_support SET oldest_program = 14 WHERE one = 1;
