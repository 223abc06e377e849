-- +goose Up

-- What a request asks for, in one row: a session with its person and its identity, found by a number (sqlitecopy.go).
-- Rows of copies are worth nothing by themselves. Whatever is not here is read from the three tables, and whatever
-- changes there takes the row away, by the triggers below, so that no statement of any program can forget to. They
-- delete, and never write anew: what stands in a row is the business of the program alone, which puts it there at a
-- sign-in or with the next use of the session.
--
-- slot is the first 60 bits of key. Two sessions may have the same; then one of them has no copy.
CREATE TABLE copies (
    slot            INTEGER PRIMARY KEY,
    key             BLOB    NOT NULL CHECK (length(key) = 36),
    layout          INTEGER NOT NULL,
    seen_at         INTEGER NOT NULL,
    idle_expires_at INTEGER NOT NULL,
    packed          TEXT    NOT NULL
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER copies_session_gone AFTER DELETE ON sessions
BEGIN
    DELETE FROM copies WHERE slot = ('0x' || substr(hex(OLD.key), 1, 15)) ->> '$';
END;
-- +goose StatementEnd

-- A use only moves the two times on.
-- +goose StatementBegin
CREATE TRIGGER copies_session_used AFTER UPDATE OF seen_at, idle_expires_at ON sessions
BEGIN
    UPDATE copies SET seen_at = NEW.seen_at, idle_expires_at = NEW.idle_expires_at
    WHERE slot = ('0x' || substr(hex(NEW.key), 1, 15)) ->> '$' AND key = NEW.key;
END;
-- +goose StatementEnd

-- Every column but those two.
-- +goose StatementBegin
CREATE TRIGGER copies_session_changed
AFTER UPDATE OF key, id, user_id, identity_id, created_at, auth_time, expires_at, remember, address, user_agent ON sessions
BEGIN
    DELETE FROM copies WHERE slot = ('0x' || substr(hex(OLD.key), 1, 15)) ->> '$';
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER copies_user_changed AFTER UPDATE ON users
BEGIN
    DELETE FROM copies WHERE slot IN (SELECT ('0x' || substr(hex(key), 1, 15)) ->> '$' FROM sessions WHERE user_id = OLD.id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER copies_user_gone AFTER DELETE ON users
BEGIN
    DELETE FROM copies WHERE slot IN (SELECT ('0x' || substr(hex(key), 1, 15)) ->> '$' FROM sessions WHERE user_id = OLD.id);
END;
-- +goose StatementEnd

-- Every column but seen_at, which every sign-in changes: copies of a person's other sessions keep the time of an earlier
-- one.
-- +goose StatementBegin
CREATE TRIGGER copies_identity_changed
AFTER UPDATE OF id, user_id, provider, app, subject, nickname, picture, email, email_state, linked_at, scopes ON identities
BEGIN
    DELETE FROM copies WHERE slot IN (SELECT ('0x' || substr(hex(key), 1, 15)) ->> '$' FROM sessions WHERE user_id = OLD.user_id);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER copies_identity_gone AFTER DELETE ON identities
BEGIN
    DELETE FROM copies WHERE slot IN (SELECT ('0x' || substr(hex(key), 1, 15)) ->> '$' FROM sessions WHERE user_id = OLD.user_id);
END;
-- +goose StatementEnd
