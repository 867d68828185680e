-- additive: indexes alone, for what would read more and more as the store grows.
-- Lists go along them a page at a time; an index that another one begins with has gone.

CREATE INDEX letters_by_time ON letters (created_at, id);
CREATE INDEX letters_in_state ON letters (state, created_at, id);
DROP INDEX letters_by_state;
CREATE INDEX letters_old ON letters (created_at, id)
  WHERE purged_at IS NULL AND state NOT IN ('queued', 'deferred', 'held', 'failed');
DROP INDEX letters_kept;

CREATE INDEX replies_in_order ON replies (received_at, id);
DROP INDEX replies_by_time;
CREATE INDEX replies_old ON replies (received_at, id)
  WHERE purged_at IS NULL AND state = 'settled';
DROP INDEX replies_kept;
CREATE INDEX replies_in_state ON replies (state, received_at, id) WHERE state <> 'accepted';
CREATE INDEX replies_of_strangers ON replies ((lower(sender)), received_at, id)
  WHERE contact_id IS NULL;

CREATE INDEX documents_by_issue ON documents (issued, created_at, id);
CREATE INDEX documents_of_client ON documents (client_id, issued, created_at, id);
DROP INDEX documents_by_client;
CREATE INDEX documents_by_length ON documents ((length(number)), number);
CREATE INDEX documents_ending ON documents (ends, number)
  WHERE state = 'open' AND type = 'invoice';
CREATE INDEX documents_next ON documents (wake_at, (COALESCE(ends, issued)), number)
  WHERE state = 'open';
DROP INDEX documents_waking;

CREATE INDEX links_by_time ON links (created_at, id);
CREATE INDEX recurrences_of_client ON recurrences (client_id) WHERE stopped_at IS NULL;
CREATE INDEX events_of_addresses ON events (contact_id) WHERE verb = 'address changed';

CREATE INDEX sessions_by_time ON sessions (created_at);
CREATE INDEX ended_visits_by_time ON ended_visits (at);
CREATE INDEX throttle_hits_by_time ON throttle_hits (at);
