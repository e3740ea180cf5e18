-- +goose NO TRANSACTION
-- +goose Up

-- Each statement is its own transaction, so that none holds a lock on one table while it
-- waits for another one. If this file fails halfway, it runs again from the start, so each
-- statement can be repeated. Columns with a constant default do not rewrite the table.
--
-- The previous version of the program works on this schema. It does not fill the new
-- columns, and it may finish, renew or claim a reply that is being cancelled. So no CHECK
-- contains the column cancelling.
ALTER TABLE messages
    ADD COLUMN IF NOT EXISTS cancelling boolean NOT NULL DEFAULT false, -- while running: cancelled by its user
    ADD COLUMN IF NOT EXISTS versions integer NOT NULL DEFAULT 0, -- the number of rows in the table versions
    ADD COLUMN IF NOT EXISTS revised timestamptz; -- when a prompt was last edited, or a reply last restarted

-- A restarted reply keeps its fence, but its first claim is still to come. NOT VALID skips
-- the scan of the table. VALIDATE scans it without blocking reads and writes. Its
-- lock_timeout is 0, because it may wait long for a VACUUM, and blocks nothing while it waits.
ALTER TABLE messages
    DROP CONSTRAINT IF EXISTS messages_claim_check,
    ADD CONSTRAINT messages_claim_check
        CHECK (fence = 0 OR first_claim IS NOT NULL OR status IN ('queued', 'cancelled')) NOT VALID;
SET lock_timeout = 0;
ALTER TABLE messages VALIDATE CONSTRAINT messages_claim_check;
RESET lock_timeout;

-- Earlier texts of messages.
CREATE TABLE IF NOT EXISTS versions (
    message uuid        NOT NULL,
    n       integer     NOT NULL, -- the first version has 1
    content text        NOT NULL,
    status  text        NOT NULL, -- of the message when it had this text
    created timestamptz NOT NULL, -- when this text was sent or asked for
    CONSTRAINT versions_pkey PRIMARY KEY (message, n),
    CONSTRAINT versions_message_fkey FOREIGN KEY (message) REFERENCES messages ON DELETE CASCADE,
    CONSTRAINT versions_n_check CHECK (n > 0),
    CONSTRAINT versions_content_check CHECK (content <> ''),
    CONSTRAINT versions_status_check CHECK (status IN ('done', 'failed', 'cancelled'))
);

-- What a replay must return, if it is not the current state of the message: the text of the
-- prompt before its next edit and the number of its versions. The key of a retry has the
-- number of versions of the reply, and no text.
ALTER TABLE keys
    ADD COLUMN IF NOT EXISTS content text,
    ADD COLUMN IF NOT EXISTS versions integer;

-- Rooms that their owner has deleted, for followers who were away.
CREATE TABLE IF NOT EXISTS deleted_rooms (
    room  uuid        NOT NULL,
    owner uuid        NOT NULL,
    at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT deleted_rooms_pkey PRIMARY KEY (room),
    CONSTRAINT deleted_rooms_owner_fkey FOREIGN KEY (owner) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS deleted_rooms_owner ON deleted_rooms (owner);
CREATE INDEX IF NOT EXISTS deleted_rooms_at ON deleted_rooms (at);
