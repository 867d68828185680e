-- How far each mailbox has been read: its UIDVALIDITY (RFC 3501 section 2.3.1.1), the last UID
-- looked at, and since when it is read at all; what came before is none of maild's business.

CREATE TABLE mailboxes (
  name TEXT PRIMARY KEY,
  validity BIGINT NOT NULL,
  last_uid BIGINT NOT NULL,
  since BIGINT NOT NULL
);
