-- +goose NO TRANSACTION
-- +goose Up

-- CREATE INDEX CONCURRENTLY does not block writes, but cannot run in a transaction. If this
-- file fails halfway, it runs again from the start, so each statement can be repeated.
-- lock_timeout is 0, because building an index may wait long for older transactions. Only
-- ADD COLUMN takes a lock that blocks other statements, and holds it for a moment.

-- The room's owner. It is set while a reply is running, and while a queued reply is
-- deferred. A claim defers a reply that it cannot take, because the room already has a
-- running reply or the owner has no free slot. Later claims find deferred replies by their
-- owner instead of reading past all of them. The previous version of the program leaves
-- the column NULL, and claims replies whatever the column contains.
ALTER TABLE messages ADD COLUMN IF NOT EXISTS owner uuid;

SET lock_timeout = 0;

DROP INDEX CONCURRENTLY IF EXISTS messages_ready;
CREATE INDEX CONCURRENTLY messages_ready ON messages (rank, id) WHERE status = 'queued' AND owner IS NULL;

DROP INDEX CONCURRENTLY IF EXISTS messages_aside;
CREATE INDEX CONCURRENTLY messages_aside ON messages (owner, room, born) WHERE status = 'queued' AND owner IS NOT NULL;

-- status > 'queued' is true only for 'running', the only status after 'queued' in the
-- alphabet. With the condition status = 'running', Postgres could also use the index
-- messages_one_running. A plan that was made while nothing was running might then read
-- all of that index for one owner.
DROP INDEX CONCURRENTLY IF EXISTS messages_running;
CREATE INDEX CONCURRENTLY messages_running ON messages (owner) WHERE status > 'queued';

RESET lock_timeout;

-- Counts the running replies of an owner. Because the function is volatile, it sees what was
-- committed before its call. The statement that calls it sees only what was committed before
-- the statement began (postgresql.org/docs/15/xfunc-volatility.html).
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION running_of(who uuid) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (SELECT count(*) FROM messages WHERE status > 'queued' AND owner = who);
END
$$;
-- +goose StatementEnd

-- Tokens that the models used on a UTC day, prompt and answer together.
CREATE TABLE IF NOT EXISTS spend (
    day    date   NOT NULL,
    tokens bigint NOT NULL,
    CONSTRAINT spend_pkey PRIMARY KEY (day),
    CONSTRAINT spend_tokens_check CHECK (tokens >= 0)
);
