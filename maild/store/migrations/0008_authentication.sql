-- What SPF needs of the envelope, and what was found about the sender.

ALTER TABLE replies ADD COLUMN helo TEXT NOT NULL DEFAULT '';
ALTER TABLE replies ADD COLUMN authentication TEXT NOT NULL DEFAULT '';
