-- Messages that a platform announced and did not hand on, of accounts that have turned on that they are looked for: how many
-- are looked for, since when they may have been written, when that is tried next, and what came of the others.
ALTER TABLE accounts ADD COLUMN withheld_due INTEGER;
ALTER TABLE accounts ADD COLUMN withheld_attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN withheld_since INTEGER;
ALTER TABLE accounts ADD COLUMN withheld_wanted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN withheld_found INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN withheld_given_up INTEGER NOT NULL DEFAULT 0;
