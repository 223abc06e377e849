-- +goose Up

-- What the operator has been or is to be told by NORANG_ALERT_URL; see package alert. Counts and codes only.
CREATE TABLE alerts (
    kind       TEXT    NOT NULL,
    subject    TEXT    NOT NULL,
    since      BIGINT NOT NULL,
    held_at    BIGINT NOT NULL,
    over       BIGINT NOT NULL CHECK (over IN (0, 1)),
    sent_at    BIGINT NOT NULL,
    pending    TEXT    NOT NULL,
    pending_id TEXT    NOT NULL,
    tries      BIGINT NOT NULL,
    due_at     BIGINT NOT NULL,
    PRIMARY KEY (kind, subject)
);

-- The lease on the check: of several processes one does it.
CREATE TABLE alert_watch (
    one    BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    claims BIGINT NOT NULL,
    due_at BIGINT NOT NULL
);
INSERT INTO alert_watch (one, claims, due_at) VALUES (1, 0, 0);
