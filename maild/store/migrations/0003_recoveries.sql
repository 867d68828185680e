-- Who was turned away and why; and requests of people who cannot get in, answered after the page.

CREATE TABLE refusals (
  id TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  address_key TEXT NOT NULL,
  reason TEXT NOT NULL,
  subject TEXT NOT NULL
);
CREATE INDEX refusals_by_address ON refusals (address_key, at);
CREATE INDEX refusals_by_time ON refusals (at);

CREATE TABLE recoveries (
  id TEXT PRIMARY KEY,
  at BIGINT NOT NULL,
  address_key TEXT NOT NULL,
  link_id TEXT NOT NULL,
  network TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'waiting',
  attempts BIGINT NOT NULL DEFAULT 0,
  next_at BIGINT NOT NULL,
  lease_owner TEXT NOT NULL DEFAULT '',
  lease_until BIGINT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX recoveries_due ON recoveries (next_at) WHERE state = 'waiting';
CREATE INDEX recoveries_by_time ON recoveries (at);
