-- Whether somebody waits for the message (`interactive`) or nobody does (`bulk`).
ALTER TABLE messages ADD COLUMN priority TEXT NOT NULL DEFAULT 'interactive';
-- A scheduled message stands aside until then, and others go before it.
ALTER TABLE messages ADD COLUMN aside_until INTEGER;
CREATE INDEX messages_aside ON messages (aside_until) WHERE status = 'queued' AND aside_until IS NOT NULL;
CREATE INDEX messages_in_line ON messages (conversation_id) WHERE status = 'queued' AND aside_until IS NULL;
CREATE INDEX messages_awaited ON messages (conversation_id)
    WHERE status = 'queued' AND priority = 'interactive';

-- The first message of each conversation in which nothing is in flight, in doubt, held or paused. Follows from the other
-- tables; whatever changes one of them settles the conversation's row. `lane` is 0 where the window closes soon, 1 where
-- somebody waits, 2 for the rest; of one account and lane the smallest `place` goes first. `not_before` is 0 for now.
CREATE TABLE line (
    conversation_id TEXT PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
    account_id      TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    message_id      TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    lane            INTEGER NOT NULL,
    place           INTEGER NOT NULL,
    not_before      INTEGER NOT NULL,
    must_leave_by   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX line_by_turn ON line (account_id, lane, not_before, place);
CREATE INDEX line_by_message ON line (message_id);
CREATE INDEX line_waiting ON line (not_before) WHERE not_before > 0;
CREATE INDEX line_closing ON line (must_leave_by) WHERE lane > 0 AND must_leave_by IS NOT NULL;

-- Messages that each instance has claimed, and the number of each account's latest in a lane.
CREATE TABLE turns (
    instance TEXT PRIMARY KEY,
    taken    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE account_turns (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    lane       INTEGER NOT NULL,
    latest     INTEGER NOT NULL,
    PRIMARY KEY (account_id, lane)
) STRICT, WITHOUT ROWID;
