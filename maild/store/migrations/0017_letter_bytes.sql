-- The bytes of a letter lie apart from its row, which is written at every step of its way: they are
-- written once, and gone when it is purged.

CREATE TABLE letter_messages (
  letter_id TEXT PRIMARY KEY REFERENCES letters (id),
  content BLOB NOT NULL
);
INSERT INTO letter_messages (letter_id, content)
  SELECT id, message FROM letters WHERE purged_at IS NULL;
ALTER TABLE letters DROP COLUMN message;
