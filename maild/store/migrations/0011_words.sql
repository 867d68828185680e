-- Which of a reply's words showed what it asks for.

ALTER TABLE replies ADD COLUMN words TEXT NOT NULL DEFAULT '';
