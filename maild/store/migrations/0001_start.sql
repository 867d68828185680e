-- Ids are text minted by maild; instants are UTC microseconds; money is in minor units;
-- truth values are 0 and 1. No column holds a usable secret.

CREATE TABLE clients (
  id TEXT PRIMARY KEY,
  ref TEXT NOT NULL,
  ref_key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  enforce_login BIGINT NOT NULL DEFAULT 0,
  shared BIGINT NOT NULL DEFAULT 0,
  link_scope TEXT NOT NULL DEFAULT 'account',
  created_at BIGINT NOT NULL
);

CREATE TABLE contacts (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES clients (id),
  address TEXT NOT NULL,
  address_key TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  disabled_at BIGINT,
  UNIQUE (client_id, address_key)
);
CREATE INDEX contacts_by_address ON contacts (address_key);

CREATE TABLE documents (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES clients (id),
  number TEXT NOT NULL UNIQUE,
  type TEXT NOT NULL,
  state TEXT NOT NULL,
  currency TEXT NOT NULL,
  issued TEXT NOT NULL,
  ends TEXT,
  total_minor BIGINT NOT NULL,
  paid_minor BIGINT NOT NULL DEFAULT 0,
  canonical TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  settled_at BIGINT
);
CREATE INDEX documents_by_client ON documents (client_id, type, issued);

CREATE TABLE payments (
  id TEXT PRIMARY KEY,
  document_id TEXT NOT NULL REFERENCES documents (id),
  amount_minor BIGINT NOT NULL,
  paid_on TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX payments_by_document ON payments (document_id);

CREATE TABLE blobs (
  hash TEXT PRIMARY KEY,
  size BIGINT NOT NULL,
  content BLOB NOT NULL
);

CREATE TABLE attachments (
  id TEXT PRIMARY KEY,
  document_id TEXT NOT NULL REFERENCES documents (id),
  hash TEXT NOT NULL REFERENCES blobs (hash),
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (document_id, name)
);

CREATE TABLE links (
  id TEXT PRIMARY KEY,
  contact_id TEXT NOT NULL REFERENCES contacts (id),
  document_id TEXT NOT NULL REFERENCES documents (id),
  scope TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE INDEX links_by_contact ON links (contact_id, created_at);

CREATE TABLE credentials (
  id TEXT PRIMARY KEY,
  address_key TEXT NOT NULL,
  hash TEXT NOT NULL,
  generated BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  delivered_at BIGINT,
  first_used_at BIGINT,
  retired_at BIGINT
);
CREATE INDEX credentials_by_address ON credentials (address_key, created_at);

CREATE TABLE sessions (
  hash TEXT PRIMARY KEY,
  address_key TEXT NOT NULL,
  client_id TEXT NOT NULL REFERENCES clients (id),
  created_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_address ON sessions (address_key);

CREATE TABLE throttle_hits (
  name TEXT NOT NULL,
  at BIGINT NOT NULL,
  id TEXT PRIMARY KEY
);
CREATE INDEX throttle_hits_by_name ON throttle_hits (name, at);

CREATE TABLE letters (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  occurrence TEXT NOT NULL UNIQUE,
  client_id TEXT REFERENCES clients (id),
  document_id TEXT REFERENCES documents (id),
  contact_id TEXT REFERENCES contacts (id),
  credential_id TEXT REFERENCES credentials (id),
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  message BLOB NOT NULL,
  secrets TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL DEFAULT 0,
  lease_owner TEXT NOT NULL DEFAULT '',
  sent_at BIGINT,
  outcome TEXT NOT NULL DEFAULT ''
);
CREATE INDEX letters_due ON letters (next_at) WHERE state IN ('queued', 'deferred');
CREATE INDEX letters_by_state ON letters (state, created_at);
CREATE INDEX letters_by_document ON letters (document_id, created_at);
CREATE INDEX letters_by_contact ON letters (contact_id, created_at);

CREATE TABLE replies (
  id TEXT PRIMARY KEY,
  received_at BIGINT NOT NULL,
  peer TEXT NOT NULL,
  sender TEXT NOT NULL,
  recipients TEXT NOT NULL,
  content BLOB NOT NULL,
  state TEXT NOT NULL,
  attempts BIGINT NOT NULL DEFAULT 0,
  next_at BIGINT NOT NULL,
  lease_until BIGINT NOT NULL DEFAULT 0,
  lease_owner TEXT NOT NULL DEFAULT '',
  fingerprint TEXT UNIQUE,
  kind TEXT NOT NULL DEFAULT '',
  request TEXT NOT NULL DEFAULT '',
  action TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  level BIGINT,
  subject TEXT NOT NULL DEFAULT '',
  excerpt TEXT NOT NULL DEFAULT '',
  client_id TEXT REFERENCES clients (id),
  document_id TEXT REFERENCES documents (id),
  contact_id TEXT REFERENCES contacts (id),
  settled_at BIGINT
);
CREATE INDEX replies_due ON replies (next_at) WHERE state = 'accepted';
CREATE INDEX replies_by_time ON replies (received_at);

CREATE TABLE events (
  id TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  verb TEXT NOT NULL,
  subject TEXT NOT NULL,
  reason TEXT NOT NULL,
  client_id TEXT REFERENCES clients (id),
  document_id TEXT REFERENCES documents (id),
  contact_id TEXT REFERENCES contacts (id)
);
CREATE INDEX events_by_client ON events (client_id, id);
CREATE INDEX events_by_document ON events (document_id, id);
