-- Answers to comments in private, one for each comment: one that certainly was not sent makes room for another. `content` is
-- there until the platform has named the conversation; then the message is in the inbox, and this is its id.
CREATE TABLE comment_answers (
    comment_id      TEXT PRIMARY KEY REFERENCES comments (id) ON DELETE CASCADE,
    message_id      TEXT NOT NULL,
    content         TEXT,
    status          TEXT NOT NULL,
    -- What said so, and why.
    signal          TEXT NOT NULL,
    reason          TEXT,
    -- The platform's id of the message.
    platform_id     TEXT,
    idempotency_key TEXT,
    asked           BLOB NOT NULL,
    created_at      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX comment_answers_without_place ON comment_answers (status) WHERE content IS NOT NULL;
CREATE INDEX comment_answers_by_key_age ON comment_answers (created_at) WHERE idempotency_key IS NOT NULL;
