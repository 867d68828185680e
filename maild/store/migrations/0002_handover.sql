-- Whose log-in rule is whose, clients for trying out, contacts without history, links with an end
-- and a reason of their own.

ALTER TABLE clients ADD COLUMN login TEXT NOT NULL DEFAULT 'default';
UPDATE clients SET login = 'yes' WHERE enforce_login = 1;
ALTER TABLE clients DROP COLUMN enforce_login;
ALTER TABLE clients ADD COLUMN dummy BIGINT NOT NULL DEFAULT 0;

ALTER TABLE contacts ADD COLUMN history_from BIGINT;

ALTER TABLE links ADD COLUMN expires_at BIGINT;
ALTER TABLE links ADD COLUMN revoked_why TEXT NOT NULL DEFAULT '';

CREATE INDEX replies_by_contact ON replies (contact_id, received_at);
