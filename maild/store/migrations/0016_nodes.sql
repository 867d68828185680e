-- additive: several nodes on one store.
-- Whose key a store's links are made with, as its fingerprint, and who reads a mailbox just now.

CREATE TABLE ring (
  id BIGINT PRIMARY KEY,
  key_name TEXT NOT NULL,
  fingerprint TEXT NOT NULL
);

CREATE TABLE turns (
  name TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  lease_until BIGINT NOT NULL
);
