-- +goose Up

-- Who was erased, until it stands in the register beside the database (a file, see erased.go), which a restored backup
-- does not take back in time. Rows live for moments.
CREATE TABLE erased (
    user_id TEXT    NOT NULL PRIMARY KEY,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
