-- +goose Up

-- When to fetch the subscription again from the payments provider, in case a webhook was
-- lost. Existing rows, and rows that the previous version of the program inserts, are due
-- immediately.
ALTER TABLE subscriptions
    ADD COLUMN changed timestamptz DEFAULT now(), -- last change, or opening of a checkout page
    ADD COLUMN due     timestamptz DEFAULT now(); -- NULL: never
CREATE INDEX subscriptions_due ON subscriptions (due) WHERE due IS NOT NULL;
