-- What contacts said to estimates; an answer that the operator has undone stays, with the time.

CREATE TABLE answers (
  id TEXT PRIMARY KEY,
  document_id TEXT NOT NULL REFERENCES documents (id),
  contact_id TEXT NOT NULL REFERENCES contacts (id),
  address TEXT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  order_number TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  version TEXT NOT NULL,
  at BIGINT NOT NULL,
  undone_at BIGINT
);
CREATE UNIQUE INDEX answers_standing ON answers (document_id) WHERE undone_at IS NULL;
CREATE INDEX answers_by_document ON answers (document_id, at);
