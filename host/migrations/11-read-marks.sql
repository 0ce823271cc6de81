-- What a read mark may still change: without this, each mark would read the whole conversation.
CREATE INDEX messages_unread ON messages (conversation_id, sent_at)
    WHERE direction = 'outbound' AND status IN ('sent', 'delivered');
