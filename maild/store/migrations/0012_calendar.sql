-- The calendar: when to look at each open document again, when its client was last reminded of it
-- and by which step; what recurs; what is done once a day or a month; and what was purged.

ALTER TABLE documents ADD COLUMN wake_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN reminded_at BIGINT;
ALTER TABLE documents ADD COLUMN reminded_by TEXT NOT NULL DEFAULT '';
CREATE INDEX documents_waking ON documents (wake_at) WHERE state = 'open';

ALTER TABLE clients ADD COLUMN reminders TEXT NOT NULL DEFAULT 'default';
ALTER TABLE clients ADD COLUMN stated_for TEXT NOT NULL DEFAULT '';

CREATE TABLE appointments (
  name TEXT PRIMARY KEY,
  due_at BIGINT NOT NULL,
  note TEXT NOT NULL DEFAULT ''
);

CREATE TABLE recurrences (
  id TEXT PRIMARY KEY,
  client_id TEXT NOT NULL REFERENCES clients (id),
  template TEXT NOT NULL,
  count BIGINT NOT NULL,
  unit TEXT NOT NULL,
  first_on TEXT NOT NULL,
  day BIGINT NOT NULL,
  last_on TEXT NOT NULL DEFAULT '',
  turn BIGINT NOT NULL DEFAULT 0,
  wake_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  stopped_at BIGINT
);
CREATE INDEX recurrences_waking ON recurrences (wake_at) WHERE stopped_at IS NULL;

CREATE TABLE recurrence_files (
  recurrence_id TEXT NOT NULL REFERENCES recurrences (id),
  hash TEXT NOT NULL REFERENCES blobs (hash),
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  PRIMARY KEY (recurrence_id, name)
);
CREATE INDEX recurrence_files_by_hash ON recurrence_files (hash);

CREATE INDEX sightings_by_time ON sightings (kind, first_at);
CREATE INDEX replies_open ON replies (received_at) WHERE state IN ('held', 'set_aside');

ALTER TABLE letters ADD COLUMN purged_at BIGINT;
CREATE INDEX letters_kept ON letters (created_at)
  WHERE purged_at IS NULL AND state IN ('sent', 'bounced', 'dropped');
ALTER TABLE replies ADD COLUMN purged_at BIGINT;
CREATE INDEX replies_kept ON replies (received_at) WHERE purged_at IS NULL AND state = 'settled';
