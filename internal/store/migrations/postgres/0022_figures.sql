-- +goose Up

-- What happened by minute and by hour, without a word about whom; see package figures. span is 60 or 3600 seconds, at
-- its beginning, n how often, total the sum of what was measured.
CREATE TABLE figures (
    span   BIGINT  NOT NULL CHECK (span IN (60, 3600)),
    metric TEXT    NOT NULL,
    at     BIGINT  NOT NULL,
    label  TEXT    NOT NULL,
    n      BIGINT  NOT NULL,
    total  BIGINT  NOT NULL,
    PRIMARY KEY (span, metric, at, label)
);
CREATE INDEX figures_at ON figures (span, at);
