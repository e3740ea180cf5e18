-- Appends deltas to the text of an attempt.
--
-- ARGV: 1 TTL in ms, 2 reply, 3 fence, 4 number of the first delta, then the deltas.
-- Returns:
--   "ok"
--   "lost" if the attempt has ended or is sealed, a newer attempt has written, or the room
--     is deleted
--   "gap" if deltas before the first one are missing
local ttl, reply, fence, first = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local state = redis.call('HMGET', room, 'reply', 'fence', 'deleted', 'over')
if state[3] then return 'lost' end
local same_reply = state[1] == reply
local same_attempt = same_reply and fence == tonumber(state[2])
if same_reply and fence < tonumber(state[2]) then return 'lost' end
if same_attempt and is_over(state[1], state[2], state[4]) then return 'lost' end
for _, attempt in ipairs(redis.call('LRANGE', ended, 0, -1)) do
	local ended_fence, ended_reply = attempt:match('^(%d+) (.*)$')
	if ended_reply == reply and fence <= tonumber(ended_fence) then return 'lost' end
end
local stored = same_attempt and redis.call('LLEN', deltas) or 0
if first > stored then return 'gap' end
if state[1] and not same_reply then remember(state[1], state[2]) end
if not same_attempt then
	redis.call('DEL', deltas)
	redis.call('HSET', room, 'reply', reply, 'fence', ARGV[3])
end
-- ARGV[5] is the first delta. Skip the deltas that are already stored. Push one at a
-- time, because unpack fails for thousands of deltas.
for i = 5 + stored - first, #ARGV do redis.call('RPUSH', deltas, ARGV[i]) end
keep(ttl, ttl)
publish('text')
return 'ok'
