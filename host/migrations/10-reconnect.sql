-- The platform's id of the only account that may come of the consent; null: any.
ALTER TABLE authorizations ADD COLUMN account TEXT;
