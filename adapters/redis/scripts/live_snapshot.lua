-- Returns the state of a room: revision, reply of the text ("" for none), fence, whether the
-- text has ended (1 or 0), number of the first returned delta, then the deltas that the
-- follower does not have.
--
-- KEYS: 1 the room's hash, 2 the list of deltas.
-- ARGV: the follower's cursor: 1 reply, 2 fence, 3 the number of deltas that it has;
--   4 whether to return a text that has ended (1 or 0).
local state = redis.call('HMGET', KEYS[1], 'rev', 'reply', 'fence', 'over')
local rev, reply, fence = state[1] or '0', state[2], state[3]
local over = reply and state[4] == fence .. ' ' .. reply
if not reply or over and (ARGV[4] == '0' or redis.call('EXISTS', KEYS[2]) == 0) then
	return {rev, '', '0', '0', '0'}
end
local start = tonumber(ARGV[3])
-- Return all deltas unless the follower's deltas are the beginning of this text.
if reply ~= ARGV[1] or fence ~= ARGV[2] or start > redis.call('LLEN', KEYS[2]) then start = 0 end
local out = {rev, reply, fence, over and '1' or '0', tostring(start)}
for _, delta in ipairs(redis.call('LRANGE', KEYS[2], start, -1)) do out[#out + 1] = delta end
return out
