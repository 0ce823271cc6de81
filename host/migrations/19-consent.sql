-- The end of an account's consent of which listeners were warned; null where they were not.
ALTER TABLE accounts ADD COLUMN consent_told INTEGER;
