-- +goose NO TRANSACTION
-- +goose Up

-- The tables turns and heads say what can be claimed (ADR 25). Everything in them follows
-- from users, rooms and messages. The transactions that change replies keep them up to date.
-- The previous version of the program does not: the worker's repair adds what is missing.

-- One row per owner of a room with a message. A transaction that changes replies of an owner
-- locks this row before it locks rooms.
CREATE TABLE IF NOT EXISTS turns (
    owner      uuid        NOT NULL,
    since      timestamptz NOT NULL DEFAULT now(), -- reply.Turn.Since
    served     boolean     NOT NULL DEFAULT false, -- reply.Turn.Served
    head_start bigint      NOT NULL DEFAULT 0, -- reply.Turn.HeadStart, in microseconds
    ready      integer     NOT NULL DEFAULT 0, -- heads that are ready
    running    integer     NOT NULL DEFAULT 0, -- heads that are running
    unfinished integer     NOT NULL DEFAULT 0, -- queued and running replies
    at_limit   boolean     NOT NULL DEFAULT false, -- the last claim took the last reply that may run
    deferred   boolean     NOT NULL DEFAULT false, -- a head was ready while the owner was at the limit
    ready_from timestamptz, -- no head that is ready has a lower rank; NULL if none is ready
    open       boolean     GENERATED ALWAYS AS (ready > 0 AND NOT at_limit) STORED, -- has a reply to claim
    CONSTRAINT turns_pkey PRIMARY KEY (owner),
    CONSTRAINT turns_owner_fkey FOREIGN KEY (owner) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT turns_counts_check CHECK (ready >= 0 AND running >= 0 AND unfinished >= 0),
    CONSTRAINT turns_ready_check CHECK (ready = 0 OR ready_from IS NOT NULL)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);
CREATE INDEX IF NOT EXISTS turns_open ON turns (head_start, served, since) WHERE open;

-- One row per room with an unfinished reply: the oldest of these replies.
CREATE TABLE IF NOT EXISTS heads (
    room  uuid        NOT NULL,
    owner uuid        NOT NULL, -- of the room
    reply uuid        NOT NULL,
    state text        NOT NULL, -- ready: can be claimed; later: waits for its retry; running
    rank  timestamptz NOT NULL, -- of the reply: the owner's reply with the lowest rank is claimed first
    due   timestamptz NOT NULL, -- of the reply
    CONSTRAINT heads_pkey PRIMARY KEY (room),
    CONSTRAINT heads_room_fkey FOREIGN KEY (room) REFERENCES rooms ON DELETE CASCADE,
    CONSTRAINT heads_state_check CHECK (state IN ('ready', 'later', 'running'))
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 500);
CREATE INDEX IF NOT EXISTS heads_owner ON heads (owner, state, rank);
CREATE INDEX IF NOT EXISTS heads_waiting ON heads (due) WHERE state <> 'ready';

-- The unfinished replies of a room, in their order. The statements of this version look for
-- status >= 'queued': in the alphabet, the statuses after that are the unfinished ones. So the
-- planner cannot use messages_waiting instead, which it does if it believes that nothing is
-- queued. It would then read all queued replies for each room.
SET lock_timeout = 0;
DROP INDEX CONCURRENTLY IF EXISTS messages_unfinished;
CREATE INDEX CONCURRENTLY messages_unfinished ON messages (room, born) WHERE status >= 'queued';
RESET lock_timeout;

-- One statement fills both tables from one snapshot. So the counters in turns are those of heads,
-- although the previous version changes messages meanwhile.
WITH unfinished AS (
    SELECT m.id, m.room, r.owner, m.status, m.rank, m.due, m.born FROM messages m JOIN rooms r ON r.id = m.room
    WHERE m.status IN ('queued', 'running')
), added AS (
    INSERT INTO heads (room, owner, reply, state, rank, due)
    SELECT DISTINCT ON (room) room, owner, id,
        CASE WHEN status = 'running' THEN 'running' WHEN due <= now() THEN 'ready' ELSE 'later' END, rank, due
    FROM unfinished ORDER BY room, born
    ON CONFLICT ON CONSTRAINT heads_pkey DO NOTHING RETURNING reply, state
)
INSERT INTO turns (owner, since, ready, running, unfinished, ready_from)
    SELECT u.owner, now(), count(*) FILTER (WHERE a.state = 'ready'), count(*) FILTER (WHERE a.state = 'running'),
        count(*), min(u.rank) FILTER (WHERE a.state = 'ready')
    FROM unfinished u LEFT JOIN added a ON a.reply = u.id GROUP BY u.owner
    ON CONFLICT ON CONSTRAINT turns_pkey DO NOTHING;

-- The previous version of the program claims without this index, too: it then uses
-- messages_waiting. It needs messages_aside, messages_running, messages_waiting, messages_head
-- and messages_one_running, which remain for one release: without the first two, each of its
-- claims would read all messages.
SET lock_timeout = 0; -- dropping an index waits for older transactions, but blocks nothing
DROP INDEX CONCURRENTLY IF EXISTS messages_ready;
RESET lock_timeout;
