-- +goose NO TRANSACTION
-- +goose Up

-- Each statement can be repeated.
--
-- Customers of erased accounts that the payments provider must delete (ADR 34).
CREATE TABLE IF NOT EXISTS customer_deletions (
    customer text        NOT NULL,
    due      timestamptz NOT NULL DEFAULT '-infinity', -- of the next attempt
    attempts integer     NOT NULL DEFAULT 0, -- that have failed
    version  bigint      NOT NULL DEFAULT 1, -- incremented when the customer is added again
    CONSTRAINT customer_deletions_pkey PRIMARY KEY (customer),
    CONSTRAINT customer_deletions_customer_check CHECK (customer <> ''),
    CONSTRAINT customer_deletions_attempts_check CHECK (attempts >= 0)
);
CREATE INDEX IF NOT EXISTS customer_deletions_due ON customer_deletions (due);

-- Accounts that were erased, so that the erasures can be repeated after a backup was restored
-- (ADR 34). An id tells nothing about the user. The previous version of the program does not
-- fill the table.
CREATE TABLE IF NOT EXISTS erasures (
    user_id uuid        NOT NULL,
    at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT erasures_pkey PRIMARY KEY (user_id)
);
CREATE INDEX IF NOT EXISTS erasures_at ON erasures (at);
