-- +goose NO TRANSACTION
-- +goose Up

-- Sign-ups of numbers that are not proven. Retention deletes them after a day. The previous
-- version of the program stores them as accounts that are not proven.
CREATE TABLE IF NOT EXISTS signups (
    id      uuid        NOT NULL,
    number  text        NOT NULL,
    name    text        NOT NULL, -- '' for none
    created timestamptz NOT NULL,
    CONSTRAINT signups_pkey PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS signups_number ON signups (number, created, id);
CREATE INDEX IF NOT EXISTS signups_created ON signups (created);
