-- +goose NO TRANSACTION
-- +goose Up

-- Devices on which users have logged in. A row remains when its session expires, but not when
-- its session is ended. So it does not refer to the session.
CREATE TABLE IF NOT EXISTS devices (
    id         text        NOT NULL, -- the hash of the device token
    user_id    uuid        NOT NULL,
    session_id uuid        NOT NULL, -- the last one that was opened on the device
    expires    timestamptz NOT NULL,
    CONSTRAINT devices_pkey PRIMARY KEY (id),
    CONSTRAINT devices_user_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS devices_user ON devices (user_id);
CREATE INDEX IF NOT EXISTS devices_session ON devices (session_id);
CREATE INDEX IF NOT EXISTS devices_expires ON devices (expires);

-- Hashes of the networks that have entered a wrong code. The previous version of the program
-- does not fill the column. A column with a constant default does not rewrite the table.
--
-- Only the previous version of the program fills the column until. The purge still reads it.
ALTER TABLE guesses ADD COLUMN IF NOT EXISTS networks bytea NOT NULL DEFAULT '';
