-- +goose NO TRANSACTION
-- +goose Up

-- Each statement can be repeated. Columns with a constant default do not rewrite the table. The
-- previous version of the program does not fill the columns.
--
-- A session has one row, however often it is refreshed: its refresh tokens contain their number,
-- so they are not stored (session.Rotation).
ALTER TABLE sessions
    ADD COLUMN IF NOT EXISTS device_name    text          NOT NULL DEFAULT '', -- '' if unknown
    ADD COLUMN IF NOT EXISTS last_used      timestamptz,                       -- NULL if never after opened
    ADD COLUMN IF NOT EXISTS refresh_number bigint        NOT NULL DEFAULT 0,
    ADD COLUMN IF NOT EXISTS refreshed      timestamptz[] NOT NULL DEFAULT '{}';

-- The sessions that users have ended, for the caches of all processes. The previous version of the
-- program does not fill the table.
CREATE TABLE IF NOT EXISTS ended_sessions (
    session_id uuid        NOT NULL,
    at         timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX IF NOT EXISTS ended_sessions_at ON ended_sessions (at);
