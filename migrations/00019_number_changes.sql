-- +goose NO TRANSACTION
-- +goose Up

-- Each statement can be repeated.
--
-- The user who has requested a code for another number, to change to it. The erasure of the account
-- deletes the code. NULL for the codes of logins and resets. The previous version of the program
-- does not fill the column. No row has a user yet, so VALIDATE is quick.
ALTER TABLE codes ADD COLUMN IF NOT EXISTS user_id uuid;
ALTER TABLE codes
    DROP CONSTRAINT IF EXISTS codes_user_fkey,
    ADD CONSTRAINT codes_user_fkey FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE NOT VALID;
SET lock_timeout = 0;
ALTER TABLE codes VALIDATE CONSTRAINT codes_user_fkey;
DROP INDEX CONCURRENTLY IF EXISTS codes_user;
CREATE INDEX CONCURRENTLY codes_user ON codes (user_id) WHERE user_id IS NOT NULL;
RESET lock_timeout;
