-- What replies lead to: reminders that pause, addresses that letters come back from, and which
-- letter a reply answers.

CREATE TABLE pauses (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES clients (id),
  document_id TEXT REFERENCES documents (id),
  reply_id TEXT REFERENCES replies (id),
  reason TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  ends_at BIGINT
);
CREATE INDEX pauses_by_client ON pauses (client_id, created_at);

ALTER TABLE contacts ADD COLUMN bounced_at BIGINT;
ALTER TABLE contacts ADD COLUMN bounced_why TEXT NOT NULL DEFAULT '';

ALTER TABLE replies ADD COLUMN letter_id TEXT REFERENCES letters (id);
ALTER TABLE replies ADD COLUMN message_id TEXT NOT NULL DEFAULT '';
