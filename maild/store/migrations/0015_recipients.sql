-- One letter to several people: which row is a copy of which, and who holds a link beside its owner.
-- How a client wants its letters, and contacts that are spared on the operator's word.

ALTER TABLE clients ADD COLUMN copies TEXT NOT NULL DEFAULT 'individual';
ALTER TABLE clients ADD COLUMN pdf TEXT NOT NULL DEFAULT 'attach';

ALTER TABLE contacts ADD COLUMN held_at BIGINT;
ALTER TABLE contacts ADD COLUMN held_why TEXT NOT NULL DEFAULT '';

ALTER TABLE letters ADD COLUMN copy_of TEXT REFERENCES letters (id);
CREATE INDEX letters_by_original ON letters (copy_of) WHERE copy_of IS NOT NULL;

CREATE TABLE link_holders (
  contact_id TEXT NOT NULL REFERENCES contacts (id),
  link_id TEXT NOT NULL REFERENCES links (id),
  PRIMARY KEY (contact_id, link_id)
);
CREATE INDEX link_holders_by_link ON link_holders (link_id);
