-- +goose NO TRANSACTION
-- +goose Up

-- Only versions before 0.6.0 claim replies with these indexes. Later versions use the tables turns
-- and heads. Each change of an unfinished reply had to write its entries in all of them.
--
-- messages_one_running remains: it guarantees that a room has at most one running reply.
SET lock_timeout = 0; -- dropping an index waits for older transactions, but blocks nothing
DROP INDEX CONCURRENTLY IF EXISTS messages_waiting;
DROP INDEX CONCURRENTLY IF EXISTS messages_head;
DROP INDEX CONCURRENTLY IF EXISTS messages_aside;
DROP INDEX CONCURRENTLY IF EXISTS messages_running;
RESET lock_timeout;
