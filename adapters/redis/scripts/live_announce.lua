-- Announces a room's revision to the followers of the room and of its owner. Marks the text
-- as ended if its attempt, or a newer one at the same reply, has ended.
--
-- ARGV: 1 TTL in ms, 2 revision, 3 the owner's channel, 4 the payload of the notice, then the
--   reply and the fence of each attempt that has ended.
local ttl, rev, owner, notice = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local state = redis.call('HMGET', room, 'rev', 'reply', 'fence', 'over')
local text_ttl = ttl
if is_over(state[2], state[3], state[4]) then text_ttl = nil end
raise(rev, state[1])
for i = 5, #ARGV, 2 do
	local reply, fence = ARGV[i], ARGV[i + 1]
	remember(reply, fence)
	if text_ttl and state[2] == reply and tonumber(state[3]) <= tonumber(fence) then
		redis.call('HSET', room, 'over', state[3] .. ' ' .. reply)
		text_ttl = ended_text_ttl
	end
end
keep(ttl, text_ttl)
publish(notice)
redis.call('PUBLISH', owner, '')
return 'ok'
