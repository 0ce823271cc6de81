-- Where events go as signed webhooks, and what became of each. An event of no account has an empty `account_id`.

ALTER TABLE events ADD COLUMN endpoint_id TEXT;

-- `position`: every event up to this sequence was passed over by the filter or has its row in `deliveries`.
CREATE TABLE webhook_endpoints (
    id                    TEXT PRIMARY KEY,
    url                   TEXT NOT NULL,
    description           TEXT NOT NULL,
    kinds                 TEXT NOT NULL,
    accounts              TEXT NOT NULL,
    enabled               INTEGER NOT NULL,
    disabled_because      TEXT,
    secret                BLOB NOT NULL,
    previous_secret       BLOB,
    previous_secret_until INTEGER,
    position              INTEGER NOT NULL,
    failing_since         INTEGER,
    created_at            INTEGER NOT NULL
) STRICT;

-- Outlives its endpoint until it is forgotten: removing one must not hold up the writer.
CREATE TABLE deliveries (
    id           TEXT PRIMARY KEY,
    endpoint_id  TEXT NOT NULL,
    sequence     INTEGER,
    kind         TEXT NOT NULL,
    state        TEXT NOT NULL,
    attempts     INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    began_at     INTEGER NOT NULL,
    next_at      INTEGER,
    leased_until INTEGER,
    UNIQUE (endpoint_id, sequence)
) STRICT;
CREATE INDEX deliveries_by_time ON deliveries (endpoint_id, created_at, id);
CREATE INDEX deliveries_by_age ON deliveries (began_at);
CREATE INDEX deliveries_pending ON deliveries (endpoint_id, next_at) WHERE state = 'pending';
CREATE INDEX deliveries_waited_for ON deliveries (sequence) WHERE state = 'pending';

CREATE TABLE delivery_attempts (
    delivery_id TEXT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    at          INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    status_code INTEGER,
    error       TEXT
) STRICT;
CREATE INDEX delivery_attempts_by_delivery ON delivery_attempts (delivery_id);

-- What arrived for each instance, counted at the door, and what the store made of it.
CREATE TABLE intake (
    instance   TEXT PRIMARY KEY,
    received   INTEGER NOT NULL DEFAULT 0,
    failed     INTEGER NOT NULL DEFAULT 0,
    kept       INTEGER NOT NULL DEFAULT 0,
    processed  INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    unrouted   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX payloads_unrouted ON payloads (received_at) WHERE unrouted > 0;
