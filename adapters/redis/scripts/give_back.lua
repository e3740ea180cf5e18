-- Removes one event of a time from every rate limit.
--
-- KEYS: one per limit, as in take.lua.
-- ARGV: 1 the time of the event in microseconds.
for _, key in ipairs(KEYS) do
	local event = redis.call('ZRANGEBYSCORE', key, ARGV[1], ARGV[1], 'LIMIT', 0, 1)
	if event[1] then redis.call('ZREM', key, event[1]) end
end
return 0
