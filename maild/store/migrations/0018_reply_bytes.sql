-- A reply's bytes in a table of their own: each step on its way rewrites its row, and the bytes
-- with it as long as they lie in there. `size` is how many they are.
ALTER TABLE replies ADD COLUMN size BIGINT NOT NULL DEFAULT 0;
UPDATE replies SET size = length(content);
CREATE TABLE reply_bytes (
  reply_id TEXT PRIMARY KEY REFERENCES replies (id),
  content BLOB NOT NULL
);
INSERT INTO reply_bytes (reply_id, content)
  SELECT id, content FROM replies WHERE purged_at IS NULL;
ALTER TABLE replies DROP COLUMN content;
