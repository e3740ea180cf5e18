-- +goose Up

CREATE TABLE users (
    id        uuid        NOT NULL,
    number    text        NOT NULL, -- E.164
    name      text        NOT NULL,
    password  text        NOT NULL DEFAULT '', -- an encoded hash, '' while none is set
    created   timestamptz NOT NULL,
    proven    timestamptz, -- when the number's first code was entered
    pro_until timestamptz, -- the entitlement, which accepting a message compares with its time
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_number_key UNIQUE (number)
);
CREATE INDEX users_unproven ON users (created) WHERE proven IS NULL;

CREATE TABLE sessions (
    id      uuid        NOT NULL,
    user_id uuid        NOT NULL,
    opened  timestamptz NOT NULL,
    expires timestamptz NOT NULL,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_user_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires);

-- The code itself is nowhere: it is derived from the nonce by a key that the server holds.
CREATE TABLE codes (
    purpose  text        NOT NULL,
    number   text        NOT NULL,
    nonce    bytea       NOT NULL,
    mac      bytea       NOT NULL,
    expires  timestamptz NOT NULL,
    attempts integer     NOT NULL DEFAULT 0,
    used     boolean     NOT NULL DEFAULT false,
    CONSTRAINT codes_pkey PRIMARY KEY (number, purpose),
    CONSTRAINT codes_nonce_check CHECK (octet_length(nonce) = 16),
    CONSTRAINT codes_mac_check CHECK (octet_length(mac) = 32),
    CONSTRAINT codes_attempts_check CHECK (attempts >= 0)
);
CREATE INDEX codes_expires ON codes (expires);

-- A number that was never guessed at may have a row of none: it is what tries of the number lock.
CREATE TABLE guesses (
    number text    NOT NULL,
    wrong  integer NOT NULL DEFAULT 0,
    last   timestamptz, -- of the wrong codes
    until  timestamptz, -- tries before it are refused unseen
    CONSTRAINT guesses_pkey PRIMARY KEY (number),
    CONSTRAINT guesses_wrong_check CHECK (wrong >= 0)
);
CREATE INDEX guesses_last ON guesses (last);
