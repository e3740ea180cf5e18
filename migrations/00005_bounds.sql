-- +goose NO TRANSACTION
-- +goose Up

-- Each statement can be run again where an earlier run stopped. Indexes are built
-- beside the traffic, however long that takes: only the column needs a lock that
-- others wait for, and takes it for an instant.

-- The room's owner, on a reply that runs, or that a claim met and had to leave
-- where it was: its room or its owner is not free. Claims find the latter by
-- their owner, and need not pass over them one by one. A program that does not
-- know the column leaves it empty, and claims whatever it says.
ALTER TABLE messages ADD COLUMN IF NOT EXISTS owner uuid;

SET lock_timeout = 0;

DROP INDEX CONCURRENTLY IF EXISTS messages_ready;
CREATE INDEX CONCURRENTLY messages_ready ON messages (rank, id) WHERE status = 'queued' AND owner IS NULL;

DROP INDEX CONCURRENTLY IF EXISTS messages_aside;
CREATE INDEX CONCURRENTLY messages_aside ON messages (owner, room, born) WHERE status = 'queued' AND owner IS NOT NULL;

-- Only 'running' comes after 'queued'. It is said so that no other index answers it: a plan
-- made while nothing runs would as soon read all of messages_one_running for one owner.
DROP INDEX CONCURRENTLY IF EXISTS messages_running;
CREATE INDEX CONCURRENTLY messages_running ON messages (owner) WHERE status > 'queued';

RESET lock_timeout;

-- How many replies of an owner run. Being volatile, it sees what was committed
-- until it is called, where the statement that calls it sees what was when it began
-- (postgresql.org/docs/15/xfunc-volatility.html).
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION running_of(who uuid) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (SELECT count(*) FROM messages WHERE status > 'queued' AND owner = who);
END
$$;
-- +goose StatementEnd

-- What the models took on a day, UTC, in tokens in and out.
CREATE TABLE IF NOT EXISTS spend (
    day    date   NOT NULL,
    tokens bigint NOT NULL,
    CONSTRAINT spend_pkey PRIMARY KEY (day),
    CONSTRAINT spend_tokens_check CHECK (tokens >= 0)
);
