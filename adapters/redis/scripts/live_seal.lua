-- Ends the writing of an attempt and of older ones at the same reply, and keeps their text.
--
-- ARGV: 1 TTL in ms, 2 reply, 3 fence.
-- Returns the fence of the reply's text, then its deltas. Returns nothing if there is no
-- text, if a newer attempt has written it, or if it belongs to an older attempt that has ended.
local ttl, reply, fence = ARGV[1], ARGV[2], ARGV[3]
local state = redis.call('HMGET', room, 'reply', 'fence', 'over')
local over = is_over(state[1], state[2], state[3])
remember(reply, fence)
keep(ttl, not over and ttl or nil)
if state[1] ~= reply or tonumber(state[2]) > tonumber(fence) then return {} end
if over and (state[2] ~= fence or redis.call('EXISTS', deltas) == 0) then return {} end
local out = {state[2]}
for _, delta in ipairs(redis.call('LRANGE', deltas, 0, -1)) do out[#out + 1] = delta end
return out
