-- The accounts of a key, as a JSON list of ids; null: all of them, and the host itself.
ALTER TABLE api_keys ADD COLUMN scope TEXT;

-- Who changed what. `key_id` is null where it was not a key: then `actor` is `cli` or `owner`.
CREATE TABLE audit (
    id      TEXT PRIMARY KEY,
    at      INTEGER NOT NULL,
    key_id  TEXT,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    target  TEXT NOT NULL,
    outcome TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (at, id);

-- Browsers that gave a key and got a cookie. The cookie itself is not kept.
CREATE TABLE sessions (
    hash    BLOB PRIMARY KEY,
    key_id  TEXT NOT NULL REFERENCES api_keys (id),
    -- The last request of which it is known, written down now and then.
    used_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_end ON sessions (ends_at);
