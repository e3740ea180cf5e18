-- +goose NO TRANSACTION
-- +goose Up

-- A column with a constant default does not rewrite the table. The previous version of the
-- program does not fill the column, so the rooms that it adds have no system prompt. It does
-- not change the column when it renames a room.
ALTER TABLE rooms
    ADD COLUMN IF NOT EXISTS system_prompt text NOT NULL DEFAULT ''; -- '' if none
