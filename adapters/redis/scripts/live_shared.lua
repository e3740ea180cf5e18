-- This file is the beginning of every script that changes a room's live log (scripts.go).
--
-- KEYS: 1 the room, a hash of rev, deleted, and the reply and fence of the running
--   attempt; 2 the list of that attempt's deltas; 3 the list of the last attempts
--   that ended, as "fence reply", newest first.
local room, deltas, ended = unpack(KEYS)

-- finish ends the running attempt. It deletes the text and adds the attempt to the ended
-- ones, so that live_append.lua refuses its late writes.
local function finish(reply, fence)
	redis.call('LPUSH', ended, fence .. ' ' .. reply)
	redis.call('LTRIM', ended, 0, 7)
	redis.call('HDEL', room, 'reply', 'fence')
	redis.call('DEL', deltas)
end

-- raise sets the room's revision to rev if the current revision is lower.
local function raise(rev, current)
	if tonumber(rev) > tonumber(current or 0) then redis.call('HSET', room, 'rev', rev) end
end

-- publish renews the TTL, in ms, of the room and other keys, and notifies the followers.
local function publish(ttl, ...)
	for _, key in ipairs({room, ...}) do redis.call('PEXPIRE', key, ttl) end
	redis.call('PUBLISH', room, '')
end

