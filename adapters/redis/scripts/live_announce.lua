-- Announces a room's revision, and drops the running attempt if its reply has ended.
--
-- ARGV: 1 TTL in ms, 2 revision, then the replies that have ended.
local ttl, rev = ARGV[1], ARGV[2]
local state = redis.call('HMGET', room, 'rev', 'reply', 'fence')
raise(rev, state[1])
for i = 3, #ARGV do
	if ARGV[i] == state[2] then finish(state[2], state[3]) end
end
publish(ttl, ended)
return 'ok'
