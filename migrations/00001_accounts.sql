-- +goose Up

CREATE TABLE users (
    id        uuid        NOT NULL,
    number    text        NOT NULL, -- E.164
    name      text        NOT NULL,
    password  text        NOT NULL DEFAULT '', -- the encoded hash, '' if no password is set
    created   timestamptz NOT NULL,
    proven    timestamptz, -- when the first code of the number was entered
    pro_until timestamptz, -- end of the entitlement to Pro
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

-- Challenges of one-time codes. The code itself is not stored: the program derives it from
-- the nonce with a secret key.
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

-- Wrong codes per number. Every try locks the number's row, and inserts it if it does not
-- exist. So a row may have no wrong codes.
CREATE TABLE guesses (
    number text    NOT NULL,
    wrong  integer NOT NULL DEFAULT 0,
    last   timestamptz, -- when the last wrong code was entered
    until  timestamptz, -- until then tries are refused without a comparison
    CONSTRAINT guesses_pkey PRIMARY KEY (number),
    CONSTRAINT guesses_wrong_check CHECK (wrong >= 0)
);
CREATE INDEX guesses_last ON guesses (last);
