-- Marks a room as deleted, drops its text and announces its last revision.
--
-- ARGV: 1 TTL in ms, 2 revision.
local ttl, rev = ARGV[1], ARGV[2]
raise(rev, redis.call('HGET', room, 'rev'))
redis.call('HDEL', room, 'reply', 'fence')
redis.call('HSET', room, 'deleted', 1)
redis.call('DEL', deltas, ended)
publish(ttl)
return 'ok'
