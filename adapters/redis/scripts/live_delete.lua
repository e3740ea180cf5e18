-- Marks a room as deleted, drops its text and announces its last revision to the followers
-- of the room and of its owner.
--
-- ARGV: 1 TTL in ms, 2 revision, 3 the owner's channel.
local ttl, rev, owner = ARGV[1], ARGV[2], ARGV[3]
raise(rev, redis.call('HGET', room, 'rev'))
redis.call('HDEL', room, 'reply', 'fence', 'over')
redis.call('HSET', room, 'deleted', 1)
redis.call('DEL', deltas, ended)
keep(ttl)
publish('')
redis.call('PUBLISH', owner, '')
return 'ok'
