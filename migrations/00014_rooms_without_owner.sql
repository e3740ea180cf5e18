-- +goose NO TRANSACTION
-- +goose Up

-- A room without an owner is deleted: no statement finds it. A worker removes its messages in
-- small steps, and then the room (ADR 33). updated is the time of the deletion then.
--
-- The previous version of the program still deletes a room with all its messages in one
-- statement. It finds no room without an owner. When it deletes an account, the foreign key
-- takes the owner from the rooms. Each statement can be repeated.
ALTER TABLE rooms ALTER COLUMN owner DROP NOT NULL;
ALTER TABLE rooms
    -- of a deleted room: messages with this or a lower born are removed
    ADD COLUMN IF NOT EXISTS removed bigint NOT NULL DEFAULT 0;

-- NOT VALID skips the scan of the table under the lock. Only VALIDATE needs the scan, which blocks
-- neither reads nor writes. Its lock_timeout is 0, because it may wait long for a VACUUM.
ALTER TABLE rooms
    DROP CONSTRAINT IF EXISTS rooms_owner_fkey,
    ADD CONSTRAINT rooms_owner_fkey FOREIGN KEY (owner) REFERENCES users ON DELETE SET NULL NOT VALID;
SET lock_timeout = 0;
ALTER TABLE rooms VALIDATE CONSTRAINT rooms_owner_fkey;
RESET lock_timeout;
