-- Who works on what, notes, how people came, search, and raw requests that can be verified again.

ALTER TABLE contacts ADD COLUMN public_id TEXT;
ALTER TABLE contacts ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contacts ADD COLUMN avatar_url TEXT;
ALTER TABLE contacts ADD COLUMN referral TEXT;
ALTER TABLE contacts ADD COLUMN referred_at INTEGER;
UPDATE contacts SET created_at = ifnull(
    (SELECT min(m.created_at) FROM messages m JOIN conversations c ON c.id = m.conversation_id
     WHERE c.contact_id = contacts.id), unixepoch() * 1000);
-- UUIDv7 of that time.
UPDATE contacts SET public_id = printf('%08x-%04x-7%03x-%04x-%012x', created_at >> 16, created_at & 65535,
    abs(random() % 4096), 32768 + abs(random() % 16384), abs(random() % 281474976710656));
CREATE UNIQUE INDEX contacts_by_public_id ON contacts (public_id);
CREATE INDEX contacts_by_age ON contacts (created_at, public_id);

-- `revision` grows with every change of assignee, labels and state.
ALTER TABLE conversations ADD COLUMN state TEXT NOT NULL DEFAULT 'open';
ALTER TABLE conversations ADD COLUMN snoozed_until INTEGER;
ALTER TABLE conversations ADD COLUMN assignee TEXT;
ALTER TABLE conversations ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
ALTER TABLE conversations ADD COLUMN referral TEXT;
ALTER TABLE conversations ADD COLUMN referred_at INTEGER;
CREATE INDEX conversations_snoozed ON conversations (snoozed_until) WHERE state = 'snoozed';
CREATE INDEX conversations_by_contact ON conversations (contact_id);

CREATE TABLE conversation_labels (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    label           TEXT NOT NULL,
    PRIMARY KEY (conversation_id, label)
) STRICT, WITHOUT ROWID;

-- For colleagues; never sent.
CREATE TABLE notes (
    id              TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    author          TEXT NOT NULL,
    text            TEXT NOT NULL,
    created_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX notes_by_time ON notes (conversation_id, created_at, id);

-- Every way in which a contact came; the first one is on the conversation and on the contact, too.
CREATE TABLE referrals (
    conversation_id     TEXT NOT NULL REFERENCES conversations (id),
    referred_at         INTEGER NOT NULL,
    referral            TEXT NOT NULL,
    message_platform_id TEXT,
    PRIMARY KEY (conversation_id, referred_at, referral)
) STRICT, WITHOUT ROWID;

ALTER TABLE events ADD COLUMN contact_id TEXT;

-- What a request needs besides its body to be verified again. `headers` are sealed: some channels sign with a secret
-- that stands in them. `conversation_id` where everything in the body is about that one conversation.
ALTER TABLE payloads ADD COLUMN method TEXT;
ALTER TABLE payloads ADD COLUMN query TEXT;
ALTER TABLE payloads ADD COLUMN headers BLOB;
ALTER TABLE payloads ADD COLUMN conversation_id TEXT;
CREATE INDEX payloads_by_conversation ON payloads (conversation_id) WHERE conversation_id IS NOT NULL;

-- What can be searched for, as words that the index below can tell apart. `item_id` is that of the message, the note
-- or the contact.
CREATE TABLE searchable (
    id              INTEGER PRIMARY KEY,
    kind            TEXT NOT NULL,
    item_id         TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    contact_id      INTEGER NOT NULL,
    conversation_id TEXT,
    at              INTEGER NOT NULL,
    words           TEXT NOT NULL
) STRICT;
CREATE INDEX searchable_by_contact ON searchable (contact_id, kind);
CREATE VIRTUAL TABLE search USING fts5 (
    words, content = 'searchable', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
-- What is deleted is gone from the index at once, and not only hidden.
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);

-- Whether what was there before the index has been brought into it.
CREATE TABLE search_progress (complete INTEGER NOT NULL) STRICT;
INSERT INTO search_progress SELECT NOT EXISTS (SELECT 1 FROM contacts);
