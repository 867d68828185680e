-- What speaks for a contact having looked at a document; a fetch alone may have been a machine.
CREATE TABLE sightings (
  document_id TEXT NOT NULL REFERENCES documents (id),
  contact_id TEXT NOT NULL REFERENCES contacts (id),
  kind TEXT NOT NULL,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  times BIGINT NOT NULL,
  PRIMARY KEY (document_id, contact_id, kind)
);

CREATE TABLE impersonations (
  id TEXT PRIMARY KEY,
  contact_id TEXT NOT NULL REFERENCES contacts (id),
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  redeemed_at BIGINT,
  session_hash TEXT UNIQUE,
  ended_at BIGINT
);

CREATE INDEX events_by_contact ON events (contact_id, id);
CREATE INDEX replies_by_document ON replies (document_id, received_at);
