-- +goose Up

-- What a person agreed to at the provider, as it said last: names with a blank between.
ALTER TABLE identities ADD COLUMN scopes TEXT;

-- The ledger's last word on the operator's terms, so that a request is judged without reading the ledger: a line
-- "tag=version" for each that is agreed to.
ALTER TABLE users ADD COLUMN agreed TEXT;
UPDATE users SET agreed = (
    SELECT group_concat(c.tag || '=' || replace(c.version, char(10), ' '), char(10)) FROM consents c
    WHERE c.user_id = users.id AND c.agreed = 1
      AND NOT EXISTS (SELECT 1 FROM consents n WHERE n.user_id = c.user_id AND n.tag = c.tag AND n.id > c.id))
WHERE id IN (SELECT user_id FROM consents);

-- For finding whose consent to advertising has to be confirmed again.
CREATE INDEX consents_marketing ON consents (at) WHERE kind = 'marketing' AND agreed = 1;
