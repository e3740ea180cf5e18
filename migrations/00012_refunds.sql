-- +goose NO TRANSACTION
-- +goose Up

-- A column with a constant default does not rewrite the table. The previous version of the
-- program does not fill the column, so its refunds do not count towards the limit of refunds.
ALTER TABLE sent ADD COLUMN IF NOT EXISTS refunds integer NOT NULL DEFAULT 0; -- units of the day that were given back

-- The counts of erased accounts. A new account with the same number continues them. A row is
-- deleted after its day.
CREATE TABLE IF NOT EXISTS kept_counts (
    number_mac bytea   NOT NULL, -- quota.NumberMAC
    day        date    NOT NULL,
    n          integer NOT NULL, -- as in sent
    refunds    integer NOT NULL, -- as in sent
    CONSTRAINT kept_counts_pkey PRIMARY KEY (number_mac, day),
    CONSTRAINT kept_counts_mac_check CHECK (octet_length(number_mac) = 32),
    CONSTRAINT kept_counts_counts_check CHECK (n >= 0 AND refunds >= 0)
);
CREATE INDEX IF NOT EXISTS kept_counts_day ON kept_counts (day);
