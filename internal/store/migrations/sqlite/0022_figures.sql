-- +goose Up

-- What happened by minute and by hour, without a word about whom; see package figures. span is 60 or 3600 seconds, at
-- its beginning, n how often, total the sum of what was measured.
CREATE TABLE figures (
    span   INTEGER NOT NULL CHECK (span IN (60, 3600)),
    metric TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    label  TEXT    NOT NULL,
    n      INTEGER NOT NULL,
    total  INTEGER NOT NULL,
    PRIMARY KEY (span, metric, at, label)
) STRICT, WITHOUT ROWID;
CREATE INDEX figures_at ON figures (span, at);
