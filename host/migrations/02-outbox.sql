-- The reply window as a whole, and when it closes by the rules of the instance's channel.
ALTER TABLE conversations ADD COLUMN first_inbound_at INTEGER;
ALTER TABLE conversations ADD COLUMN wrote_again INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN used_after_close INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN total INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN last_sent_at INTEGER;
ALTER TABLE conversations ADD COLUMN closes_at INTEGER;
-- The end of the window of which listeners were warned.
ALTER TABLE conversations ADD COLUMN closing_told INTEGER;
CREATE INDEX conversations_by_close ON conversations (closes_at, id) WHERE closes_at IS NOT NULL;

UPDATE conversations SET
    first_inbound_at = (SELECT min(m.sent_at) FROM messages m
                        WHERE m.conversation_id = conversations.id AND m.direction = 'inbound'),
    wrote_again = (SELECT count(DISTINCT m.sent_at) > 1 FROM messages m
                   WHERE m.conversation_id = conversations.id AND m.direction = 'inbound'),
    total = (SELECT count(*) FROM messages m
             WHERE m.conversation_id = conversations.id AND m.direction = 'outbound' AND m.status <> 'failed'),
    last_sent_at = (SELECT max(m.sent_at) FROM messages m
                    WHERE m.conversation_id = conversations.id AND m.direction = 'outbound'
                      AND m.status <> 'failed');

-- Who holds sending up: JSON, null where nobody does.
ALTER TABLE conversations ADD COLUMN paused TEXT;
ALTER TABLE accounts ADD COLUMN paused TEXT;

-- What is remembered of configured instances: what the channel declares of windows, and a pause; both JSON.
CREATE TABLE instances (
    name    TEXT PRIMARY KEY,
    windows TEXT,
    paused  TEXT
) STRICT, WITHOUT ROWID;

-- Conversations in which the platform's rules lately refused a message: many at once speak of the account.
CREATE TABLE refusals (
    account_id      TEXT NOT NULL REFERENCES accounts (id),
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    at              INTEGER NOT NULL,
    PRIMARY KEY (account_id, conversation_id)
) STRICT, WITHOUT ROWID;

-- The permit of a message: its places, and the last moment at which it may leave.
ALTER TABLE messages ADD COLUMN places INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN ends_at INTEGER;
UPDATE messages SET places = 1 WHERE reserved_under IS NOT NULL;
-- What was asked for: not before, and not after.
ALTER TABLE messages ADD COLUMN send_at INTEGER;
ALTER TABLE messages ADD COLUMN expires_at INTEGER;
ALTER TABLE messages ADD COLUMN retry_of TEXT REFERENCES messages (id);
ALTER TABLE messages ADD COLUMN retried_as TEXT REFERENCES messages (id);
CREATE INDEX messages_by_end ON messages (ends_at) WHERE status = 'queued' AND ends_at IS NOT NULL;
CREATE INDEX messages_by_status ON messages (status, created_at, id) WHERE direction = 'outbound';
CREATE INDEX messages_by_key_age ON messages (created_at) WHERE idempotency_key IS NOT NULL;

ALTER TABLE status_changes ADD COLUMN reason TEXT;
