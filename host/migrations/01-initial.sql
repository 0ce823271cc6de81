-- Times are milliseconds since 1970-01-01T00:00:00Z. Ids of the host are UUIDv7 as text; ids of platforms are opaque.

CREATE TABLE api_keys (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    hash       BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;

CREATE TABLE accounts (
    id                  TEXT PRIMARY KEY,
    instance            TEXT NOT NULL,
    platform_id         TEXT NOT NULL,
    handle              TEXT,
    display_name        TEXT,
    status              TEXT NOT NULL,
    attention           TEXT,
    missing_scopes      TEXT NOT NULL,
    credentials         BLOB NOT NULL,
    credentials_version INTEGER NOT NULL,
    access_expires_at   INTEGER,
    refresh_expires_at  INTEGER,
    refresh_lease_until INTEGER,
    authorized_at       INTEGER NOT NULL,
    created_at          INTEGER NOT NULL,
    UNIQUE (instance, platform_id)
) STRICT;

-- Consents that were begun; the one-time state itself is not kept.
CREATE TABLE authorizations (
    state_hash   BLOB PRIMARY KEY,
    instance     TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Authentic webhook bodies as they arrived, so that they can be decoded again.
CREATE TABLE payloads (
    id          INTEGER PRIMARY KEY,
    instance    TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    stale       INTEGER NOT NULL,
    events      INTEGER NOT NULL,
    unrouted    INTEGER NOT NULL,
    body        BLOB NOT NULL
) STRICT;

CREATE INDEX payloads_by_age ON payloads (received_at);

-- What has arrived: the replay defence, so it outlives the platform's retries. `account` is the platform's id, and
-- empty for bodies that nobody understood.
CREATE TABLE seen (
    instance  TEXT NOT NULL,
    account   TEXT NOT NULL,
    dedup_key TEXT NOT NULL,
    seen_at   INTEGER NOT NULL,
    PRIMARY KEY (instance, account, dedup_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_by_age ON seen (seen_at);

-- Where the next poll begins. `account` is the platform's id, and empty where the instance itself is polled.
CREATE TABLE poll_cursors (
    instance TEXT NOT NULL,
    account  TEXT NOT NULL,
    cursor   TEXT NOT NULL,
    PRIMARY KEY (instance, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE contacts (
    id           INTEGER PRIMARY KEY,
    account_id   TEXT NOT NULL REFERENCES accounts (id),
    platform_id  TEXT NOT NULL,
    handle       TEXT,
    display_name TEXT,
    UNIQUE (account_id, platform_id)
) STRICT;

CREATE TABLE conversations (
    id              TEXT PRIMARY KEY,
    account_id      TEXT NOT NULL REFERENCES accounts (id),
    platform_id     TEXT NOT NULL,
    contact_id      INTEGER NOT NULL REFERENCES contacts (id),
    last_message_at INTEGER NOT NULL,
    last_inbound_at INTEGER,
    used            INTEGER NOT NULL,
    unread          INTEGER NOT NULL,
    held_by         TEXT,
    read_up_to      INTEGER,
    UNIQUE (account_id, platform_id)
) STRICT;
CREATE INDEX conversations_by_time ON conversations (last_message_at, id);

CREATE TABLE messages (
    id              TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    platform_id     TEXT,
    direction       TEXT NOT NULL,
    origin          TEXT NOT NULL,
    content         TEXT NOT NULL,
    status          TEXT NOT NULL,
    reason          TEXT,
    attempts        INTEGER NOT NULL DEFAULT 0,
    not_before      INTEGER,
    reserved_under  INTEGER,
    idempotency_key TEXT,
    created_at      INTEGER NOT NULL,
    sent_at         INTEGER NOT NULL,
    UNIQUE (conversation_id, platform_id),
    UNIQUE (conversation_id, idempotency_key)
) STRICT;
CREATE INDEX messages_by_time ON messages (conversation_id, sent_at, id);
CREATE INDEX messages_queued ON messages (conversation_id) WHERE status = 'queued';
CREATE INDEX messages_in_doubt ON messages (conversation_id) WHERE status IN ('sending', 'uncertain');

CREATE TABLE status_changes (
    message_id TEXT NOT NULL REFERENCES messages (id),
    status     TEXT NOT NULL,
    at         INTEGER NOT NULL,
    signal     TEXT NOT NULL
) STRICT;
CREATE INDEX status_changes_by_message ON status_changes (message_id);

-- Echoes of the API that arrived while a send of the same conversation was in flight.
CREATE TABLE parked_echoes (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    platform_id     TEXT NOT NULL,
    content         TEXT NOT NULL,
    sent_at         INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, platform_id)
) STRICT, WITHOUT ROWID;

-- Reports about messages that arrived while a send of the same conversation was in flight.
CREATE TABLE parked_reports (
    id              INTEGER PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    platform_id     TEXT NOT NULL,
    status          TEXT NOT NULL,
    reason          TEXT
) STRICT;
CREATE INDEX parked_reports_by_conversation ON parked_reports (conversation_id);

CREATE TABLE events (
    sequence        INTEGER PRIMARY KEY AUTOINCREMENT,
    at              INTEGER NOT NULL,
    kind            TEXT NOT NULL,
    account_id      TEXT NOT NULL,
    conversation_id TEXT,
    message_id      TEXT,
    status          TEXT
) STRICT;
CREATE INDEX events_by_age ON events (at);

-- One row, changed to see whether anything can be written.
CREATE TABLE heartbeat (beats INTEGER NOT NULL) STRICT;
INSERT INTO heartbeat VALUES (0);
