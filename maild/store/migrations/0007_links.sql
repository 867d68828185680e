-- How long a client's links live; and visits by a link that ended with a log-out, as hashes of the
-- cookies that would still be genuine.

ALTER TABLE clients ADD COLUMN link_days BIGINT;

CREATE TABLE ended_visits (
  hash TEXT PRIMARY KEY,
  at BIGINT NOT NULL
);
