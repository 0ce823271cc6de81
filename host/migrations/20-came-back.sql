-- When the platform accepted a message, by the host's clock, for as long as it has not told its own time.
ALTER TABLE messages ADD COLUMN came_back_at INTEGER;
CREATE INDEX messages_came_back ON messages (conversation_id, came_back_at) WHERE came_back_at IS NOT NULL;
