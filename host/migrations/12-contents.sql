-- What a message quotes, which card it answers, and which automatic message of the platform it is.
ALTER TABLE messages ADD COLUMN quotes TEXT;
ALTER TABLE messages ADD COLUMN answers TEXT;
ALTER TABLE messages ADD COLUMN automatic TEXT;
-- Of several messages that were asked for at once: the first one; on that what was lost, as JSON.
ALTER TABLE messages ADD COLUMN part_of TEXT REFERENCES messages (id);
ALTER TABLE messages ADD COLUMN losses TEXT;
CREATE INDEX messages_by_first_part ON messages (part_of) WHERE part_of IS NOT NULL;
-- Equal for requests that ask for the same.
ALTER TABLE messages ADD COLUMN asked BLOB;
-- The whole echo, as JSON.
ALTER TABLE parked_echoes ADD COLUMN message TEXT;

-- What people put on messages, which need not be known; `emoji` is empty where the sign is no character. What was taken back stays, so that an older report of it
-- does not bring it back.
CREATE TABLE reactions (
    conversation_id     TEXT NOT NULL REFERENCES conversations (id),
    message_platform_id TEXT NOT NULL,
    contact_id          INTEGER NOT NULL REFERENCES contacts (id),
    emoji               TEXT NOT NULL,
    url                 TEXT,
    removed             INTEGER NOT NULL,
    at                  INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, message_platform_id, contact_id, emoji)
) STRICT, WITHOUT ROWID;
CREATE INDEX reactions_by_contact ON reactions (contact_id);

-- Comments under posts of accounts.
CREATE TABLE comments (
    id          TEXT PRIMARY KEY,
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    platform_id TEXT NOT NULL,
    contact_id  INTEGER REFERENCES contacts (id),
    text        TEXT,
    post        TEXT,
    parent      TEXT,
    answerable  INTEGER NOT NULL,
    state       TEXT NOT NULL,
    at          INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    UNIQUE (account_id, platform_id)
) STRICT;
CREATE INDEX comments_by_time ON comments (account_id, at, id);
CREATE INDEX comments_by_contact ON comments (contact_id);

-- What platforms tell of an account and no inbox shows: messages that are not handed on (`reason` is JSON), and how
-- often what else was told.
ALTER TABLE accounts ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN withheld_at INTEGER;
ALTER TABLE accounts ADD COLUMN withheld_reason TEXT;
ALTER TABLE accounts ADD COLUMN notices TEXT NOT NULL DEFAULT '{}';

ALTER TABLE events ADD COLUMN detail TEXT;
