-- How people and accounts present themselves, and when that is asked for next; null where it is not.
ALTER TABLE contacts ADD COLUMN avatar_media_id TEXT REFERENCES media (id) ON DELETE SET NULL;
ALTER TABLE contacts ADD COLUMN follows INTEGER;
ALTER TABLE contacts ADD COLUMN profile_due INTEGER DEFAULT 0;
ALTER TABLE contacts ADD COLUMN profile_attempts INTEGER NOT NULL DEFAULT 0;
CREATE INDEX contacts_by_profile_due ON contacts (profile_due) WHERE profile_due IS NOT NULL;
CREATE INDEX contacts_by_avatar ON contacts (avatar_media_id) WHERE avatar_media_id IS NOT NULL;

ALTER TABLE accounts ADD COLUMN avatar_media_id TEXT REFERENCES media (id) ON DELETE SET NULL;
ALTER TABLE accounts ADD COLUMN profile_url TEXT;
ALTER TABLE accounts ADD COLUMN profile_due INTEGER DEFAULT 0;
ALTER TABLE accounts ADD COLUMN profile_attempts INTEGER NOT NULL DEFAULT 0;

-- When the platform is told that somebody has read a conversation; null where it is not.
ALTER TABLE conversations ADD COLUMN mark_read_due INTEGER;
ALTER TABLE conversations ADD COLUMN mark_read_attempts INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conversations_by_mark_read ON conversations (mark_read_due) WHERE mark_read_due IS NOT NULL;

-- Reading back what platforms remember of accounts, and the conversations that are still to be read.
CREATE TABLE history_imports (
    account_id    TEXT PRIMARY KEY REFERENCES accounts (id),
    state         TEXT NOT NULL,
    -- Where the list of conversations goes on.
    cursor        TEXT,
    listed        INTEGER NOT NULL DEFAULT 0,
    found         INTEGER NOT NULL DEFAULT 0,
    conversations INTEGER NOT NULL DEFAULT 0,
    messages      INTEGER NOT NULL DEFAULT 0,
    attempts      INTEGER NOT NULL DEFAULT 0,
    not_before    INTEGER NOT NULL DEFAULT 0,
    reason        TEXT,
    began_at      INTEGER NOT NULL,
    ended_at      INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE history_conversations (
    account_id  TEXT NOT NULL REFERENCES accounts (id),
    place       INTEGER NOT NULL,
    platform_id TEXT NOT NULL,
    cursor      TEXT,
    messages    INTEGER NOT NULL DEFAULT 0,
    referrals   TEXT NOT NULL,
    PRIMARY KEY (account_id, platform_id)
) STRICT, WITHOUT ROWID;
