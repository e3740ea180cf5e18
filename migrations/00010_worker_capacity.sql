-- +goose NO TRANSACTION
-- +goose Up

-- What a worker reports with its heartbeat. A column with a constant default does not rewrite
-- the table. The previous version of the program does not fill the columns. Its workers have 0
-- slots, which means that their capacity is unknown.
ALTER TABLE workers
    ADD COLUMN IF NOT EXISTS slots integer NOT NULL DEFAULT 0, -- attempts that it can run concurrently
    ADD COLUMN IF NOT EXISTS finished integer NOT NULL DEFAULT 0; -- replies that it finished in the last minute
