-- Files that the host keeps for accounts. A file lies at `<account>/<sha256>-<id>`; one that is being removed makes room
-- for another row of the same bytes.
CREATE TABLE media (
    id         TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    sha256     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    mime       TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    width      INTEGER,
    height     INTEGER,
    name       TEXT,
    origin     TEXT NOT NULL,
    state      TEXT NOT NULL,
    used       INTEGER NOT NULL,
    kept_from  INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX media_by_bytes ON media (account_id, sha256) WHERE state = 'kept';
CREATE INDEX media_by_age ON media (state, used, kept_from);

-- The medium of a message: of one that is sent from the start, of one that arrived once it has been fetched.
CREATE TABLE message_media (
    message_id TEXT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    media_id   TEXT REFERENCES media (id) ON DELETE SET NULL,
    state      TEXT NOT NULL,
    reason     TEXT,
    -- Whether the connector may have sent the message with it.
    handed_over INTEGER NOT NULL DEFAULT 0,
    attempts   INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0,
    began_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX message_media_pending ON message_media (not_before) WHERE state = 'pending';
CREATE INDEX message_media_by_medium ON message_media (media_id);

-- What platforms call media that they were given to send.
CREATE TABLE media_uploads (
    media_id    TEXT PRIMARY KEY REFERENCES media (id) ON DELETE CASCADE,
    platform_id TEXT NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
