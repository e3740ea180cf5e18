-- +goose NO TRANSACTION
-- +goose Up

-- Each statement can be repeated. The previous version of the program does not fill the tables.

-- The codes that were requested for the numbers of a country on a UTC day.
CREATE TABLE IF NOT EXISTS country_codes (
    day     date   NOT NULL,
    country text   NOT NULL, -- ISO 3166, '001' for numbers of no country, 'ZZ' if it is not clear
    taken   bigint NOT NULL,
    CONSTRAINT country_codes_pkey PRIMARY KEY (day, country)
);

-- The codes of strangers that were issued in a period of 10 minutes, how many of them were verified
-- later, and the wrong codes of the period.
CREATE TABLE IF NOT EXISTS code_counts (
    period   timestamptz NOT NULL, -- its start
    country  text        NOT NULL,
    issued   bigint      NOT NULL,
    verified bigint      NOT NULL,
    wrong    bigint      NOT NULL,
    CONSTRAINT code_counts_pkey PRIMARY KEY (period, country)
);
