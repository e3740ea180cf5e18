-- Returns the state of a room for a follower: revision, running reply ("" for none), fence,
-- number of the first returned delta, then the deltas that the follower does not have.
--
-- KEYS: 1 the room's hash, 2 the list of deltas.
-- ARGV: the follower's cursor: 1 reply, 2 fence, 3 the number of deltas that it has.
local state = redis.call('HMGET', KEYS[1], 'rev', 'reply', 'fence')
local start = tonumber(ARGV[3])
-- Return all deltas unless the follower's deltas are the beginning of this text.
if state[2] ~= ARGV[1] or state[3] ~= ARGV[2] or start > redis.call('LLEN', KEYS[2]) then start = 0 end
local out = {state[1] or '0', state[2] or '', state[3] or '0', tostring(start)}
if state[2] then
	for _, delta in ipairs(redis.call('LRANGE', KEYS[2], start, -1)) do out[#out + 1] = delta end
end
return out
