-- What narrows an account or a conversation, as JSON; null: nothing.
ALTER TABLE accounts ADD COLUMN layer TEXT;
ALTER TABLE conversations ADD COLUMN layer TEXT;

-- What platforms answered to probes about conversations, for as long as the answers hold.
CREATE TABLE live_answers (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    claim           TEXT NOT NULL,
    available       INTEGER NOT NULL,
    observed_at     INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, claim)
) STRICT, WITHOUT ROWID;
CREATE INDEX live_answers_by_end ON live_answers (expires_at);
