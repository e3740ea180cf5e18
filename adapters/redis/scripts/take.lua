-- Counts one event against every rate limit, or against none if a limit is reached.
--
-- KEYS: one per limit, a sorted set of its events. An event's score is its time in
--   microseconds, which a double stores exactly until the year 2255.
-- ARGV: 1 now in microseconds, 2 the call's nonce, then for each limit its maximum
--   and its window in microseconds.
-- Returns 0 if the event was counted, else the microseconds to wait.
--
-- go-redis retries a call whose response was lost. An event's member is the nonce and
-- the number of the limit, so that a retry finds the event and returns 0.
local now, nonce = tonumber(ARGV[1]), ARGV[2]
local wait = 0
for i, key in ipairs(KEYS) do
	if redis.call('ZSCORE', key, nonce .. i) then return 0 end
	local limit, window = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
	redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now - window))
	local excess = redis.call('ZCARD', key) - limit
	if excess >= 0 then
		-- The limit has room again when this event leaves the window.
		local blocker = redis.call('ZRANGE', key, excess, excess, 'WITHSCORES')
		wait = math.max(wait, tonumber(blocker[2]) + window - now)
	end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
	redis.call('ZADD', key, ARGV[1], nonce .. i)
	redis.call('PEXPIRE', key, string.format('%.0f', math.ceil(ARGV[2 * i + 2] / 1000)))
end
return 0
