-- Which conversations were erased, by a hash of their names, so that reading back does not bring them back.
CREATE TABLE erased_conversations (
    name      BLOB PRIMARY KEY,
    erased_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
