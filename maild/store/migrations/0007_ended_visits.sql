-- Visits by a link that ended with a log-out: hashes of the cookies that would still be genuine.

CREATE TABLE ended_visits (
  hash TEXT PRIMARY KEY,
  at BIGINT NOT NULL
);
