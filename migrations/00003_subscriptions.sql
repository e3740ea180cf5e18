-- +goose Up

-- The last known subscription of each user. status is the payments provider's name of the
-- status. It has no CHECK, because the provider may introduce new names.
CREATE TABLE subscriptions (
    user_id              uuid    NOT NULL,
    customer             text    NOT NULL,
    subscription         text    NOT NULL DEFAULT '',
    status               text    NOT NULL DEFAULT '',
    period_start         timestamptz,
    period_end           timestamptz,
    cancel_at_period_end boolean NOT NULL DEFAULT false,
    ended                timestamptz,
    at                   timestamptz, -- when the subscription was fetched from the provider
    version              bigint  NOT NULL,
    CONSTRAINT subscriptions_pkey PRIMARY KEY (user_id),
    CONSTRAINT subscriptions_user_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE,
    CONSTRAINT subscriptions_version_check CHECK (version > 0)
);
CREATE UNIQUE INDEX subscriptions_customer ON subscriptions (customer) WHERE customer <> '';

-- Webhook events that were received, so that each is applied once.
CREATE TABLE events (
    id      text        NOT NULL,
    at      timestamptz NOT NULL,
    applied boolean     NOT NULL DEFAULT false,
    CONSTRAINT events_pkey PRIMARY KEY (id)
);
CREATE INDEX events_at ON events (at);
