-- Files of a client that belong to no document, and what lists and statements are read along.

CREATE TABLE files (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES clients (id),
  hash TEXT NOT NULL REFERENCES blobs (hash),
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (client_id, name)
);
CREATE INDEX files_by_hash ON files (hash);
CREATE INDEX attachments_by_hash ON attachments (hash);

CREATE INDEX documents_open
  ON documents (client_id, type, (COALESCE(ends, '9999-12-31')), created_at, id)
  WHERE state = 'open';
CREATE INDEX documents_settled ON documents (client_id, type, issued, created_at, id)
  WHERE state <> 'open';
CREATE INDEX documents_by_state
  ON documents (client_id, type, state, issued, created_at, id);
CREATE INDEX links_to_document ON links (document_id, contact_id);
