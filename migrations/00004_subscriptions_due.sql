-- +goose Up

-- When the payments company is asked again, should its webhooks be lost. What the
-- program before this one keeps is due at once.
ALTER TABLE subscriptions
    ADD COLUMN changed timestamptz DEFAULT now(), -- when the company last said something new, or a page to pay at was opened
    ADD COLUMN due     timestamptz DEFAULT now(); -- null: never
CREATE INDEX subscriptions_due ON subscriptions (due) WHERE due IS NOT NULL;
