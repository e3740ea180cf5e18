-- +goose Up

CREATE TABLE rooms (
    id      uuid        NOT NULL,
    owner   uuid        NOT NULL,
    name    text        NOT NULL,
    created timestamptz NOT NULL,
    updated timestamptz NOT NULL, -- when the owner last sent a message
    rev     bigint      NOT NULL DEFAULT 0, -- revision: grows with every insert and every change of a message
    CONSTRAINT rooms_pkey PRIMARY KEY (id),
    CONSTRAINT rooms_owner_fkey FOREIGN KEY (owner) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT rooms_rev_check CHECK (rev >= 0)
);
CREATE INDEX rooms_recent ON rooms (owner, updated DESC, id DESC);

-- Prompts and the replies to them. The replies are also the job queue: a worker claims a
-- queued reply under a lease and a fence (core/reply).
CREATE TABLE messages (
    id          uuid        NOT NULL,
    room        uuid        NOT NULL,
    content     text        NOT NULL DEFAULT '',
    status      text        NOT NULL,
    in_reply_to uuid, -- the prompt of a reply; NULL for a prompt
    error       text        NOT NULL DEFAULT '',
    created     timestamptz NOT NULL,
    born        bigint      NOT NULL, -- the room's revision when it was added
    rev         bigint      NOT NULL, -- the room's revision when it last changed
    due         timestamptz, -- while queued: the earliest time of a claim
    rank        timestamptz, -- the lowest rank among the due replies is claimed first
    fence       bigint      NOT NULL DEFAULT 0, -- incremented by every claim
    lease       timestamptz, -- while running: until then no other worker may claim the reply
    first_claim timestamptz,
    errors      integer     NOT NULL DEFAULT 0, -- attempts that failed
    crashes     integer     NOT NULL DEFAULT 0, -- leases that expired
    day         date, -- the UTC day whose quota the reply uses
    unit        boolean     NOT NULL DEFAULT false, -- whether the reply holds a quota unit of day
    tokens_in   integer     NOT NULL DEFAULT 0,
    tokens_out  integer     NOT NULL DEFAULT 0,
    CONSTRAINT messages_pkey PRIMARY KEY (id),
    CONSTRAINT messages_room_fkey FOREIGN KEY (room) REFERENCES rooms ON DELETE CASCADE,
    CONSTRAINT messages_in_reply_to_fkey FOREIGN KEY (in_reply_to) REFERENCES messages ON DELETE CASCADE,
    CONSTRAINT messages_born_key UNIQUE (room, born),
    CONSTRAINT messages_rev_key UNIQUE (room, rev),
    CONSTRAINT messages_rev_check CHECK (rev >= born AND born > 0),
    CONSTRAINT messages_status_check CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    CONSTRAINT messages_prompt_check CHECK (in_reply_to IS NOT NULL OR status = 'done' AND NOT unit),
    CONSTRAINT messages_queued_check
        CHECK (status NOT IN ('queued', 'running') OR due IS NOT NULL AND rank IS NOT NULL),
    CONSTRAINT messages_running_check CHECK ((status = 'running') = (lease IS NOT NULL)),
    CONSTRAINT messages_claim_check CHECK (fence = 0 OR first_claim IS NOT NULL),
    CONSTRAINT messages_unit_check CHECK (NOT unit OR day IS NOT NULL),
    CONSTRAINT messages_counts_check
        CHECK (fence >= 0 AND errors >= 0 AND crashes >= 0 AND tokens_in >= 0 AND tokens_out >= 0)
);
CREATE UNIQUE INDEX messages_one_reply ON messages (in_reply_to) WHERE in_reply_to IS NOT NULL;
CREATE UNIQUE INDEX messages_one_running ON messages (room) WHERE status = 'running';
CREATE INDEX messages_waiting ON messages (rank, id) WHERE status IN ('queued', 'running');
CREATE INDEX messages_head ON messages (room, born) WHERE status IN ('queued', 'running');

-- Idempotency keys. A key is deleted together with its prompt, its room or its user.
CREATE TABLE keys (
    user_id uuid        NOT NULL,
    key     text        NOT NULL,
    hash    bytea       NOT NULL, -- hash of the request's body
    prompt  uuid        NOT NULL,
    at      timestamptz NOT NULL,
    CONSTRAINT keys_pkey PRIMARY KEY (user_id, key),
    CONSTRAINT keys_prompt_fkey FOREIGN KEY (prompt) REFERENCES messages ON DELETE CASCADE,
    CONSTRAINT keys_key_check CHECK (key <> ''),
    CONSTRAINT keys_hash_check CHECK (octet_length(hash) = 32)
);
CREATE INDEX keys_prompt ON keys (prompt);
CREATE INDEX keys_at ON keys (at);

-- How many messages of a user were accepted on a UTC day, minus the refunded ones.
CREATE TABLE sent (
    user_id uuid    NOT NULL,
    day     date    NOT NULL,
    n       integer NOT NULL,
    CONSTRAINT sent_pkey PRIMARY KEY (user_id, day),
    CONSTRAINT sent_user_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT sent_n_check CHECK (n >= 0)
);
CREATE INDEX sent_day ON sent (day);

-- Worker processes. Each one is alive until the time of its last heartbeat.
CREATE TABLE workers (
    name  text        NOT NULL,
    until timestamptz NOT NULL,
    CONSTRAINT workers_pkey PRIMARY KEY (name)
);
