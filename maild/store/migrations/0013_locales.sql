-- How a client writes numbers and dates, as a babel locale; empty where as the business does.

ALTER TABLE clients ADD COLUMN locale TEXT NOT NULL DEFAULT '';
