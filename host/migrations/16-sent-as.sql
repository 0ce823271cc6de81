-- As what kind a message was accepted, where its content does not say it: choices that the channel takes as they are.
ALTER TABLE messages ADD COLUMN sent_as TEXT;
