-- The accounts of a key, as a JSON list of ids; null: all of them, and the host itself.
ALTER TABLE api_keys ADD COLUMN scope TEXT;
