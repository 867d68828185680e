-- What the operator has to know of letters that do not arrive, and how the mail server fares.
-- A letter waits since it was put on its way, by the program or by a person; `patient` ones leave
-- after those that somebody waits for.
ALTER TABLE letters ADD COLUMN waiting_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE letters ADD COLUMN patient BIGINT NOT NULL DEFAULT 0;
ALTER TABLE letters ADD COLUMN trouble_at BIGINT;
ALTER TABLE letters ADD COLUMN told_at BIGINT;
UPDATE letters SET waiting_since = created_at;
UPDATE letters SET patient = 1 WHERE kind IN ('document', 'reminder', 'statement');
DROP INDEX letters_due;
CREATE INDEX letters_due ON letters (patient, next_at, id, lease_until)
  WHERE state NOT IN ('held', 'sent', 'bounced', 'failed', 'dropped');
CREATE INDEX letters_untold ON letters (trouble_at)
  WHERE trouble_at IS NOT NULL AND told_at IS NULL;

-- attempts in a row that no letter came through; from `retry_at` on it is tried again
CREATE TABLE outages (
  server TEXT PRIMARY KEY,
  since BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  retry_at BIGINT NOT NULL DEFAULT 0,
  words TEXT NOT NULL
);
