-- This file is the beginning of every script that changes a room's live log (scripts.go).
--
-- KEYS: 1 the room, a hash of rev, deleted, the reply and fence of the text, and over, the
--   last attempt whose text has ended; 2 the list of the text's deltas; 3 the list of the last
--   attempts that ended or were sealed, newest first. An attempt is stored as "fence reply".
local room, deltas, ended = unpack(KEYS)

-- ended_text_ttl is how long a text is kept after its end, in ms.
local ended_text_ttl = 60000

-- remember adds an attempt to the ended ones, so that live_append.lua refuses its late
-- writes. Only the newest ended attempt at a reply is kept, because it stands for the
-- older ones.
local function remember(reply, fence)
	for _, attempt in ipairs(redis.call('LRANGE', ended, 0, -1)) do
		local ended_fence, ended_reply = attempt:match('^(%d+) (.*)$')
		if ended_reply == reply then
			if tonumber(ended_fence) > tonumber(fence) then fence = ended_fence end
			redis.call('LREM', ended, 0, attempt)
		end
	end
	redis.call('LPUSH', ended, fence .. ' ' .. reply)
	redis.call('LTRIM', ended, 0, 7)
end

-- is_over reports whether the text has ended, given these fields of the hash. Versions of
-- Parley that do not know over start a new text without changing it.
local function is_over(reply, fence, over) return reply and over == fence .. ' ' .. reply end

-- raise sets the room's revision to rev if the current revision is lower.
local function raise(rev, current)
	if tonumber(rev) > tonumber(current or 0) then redis.call('HSET', room, 'rev', rev) end
end

-- keep renews the TTLs, in ms, of the room and of the text. It does not renew that of the
-- text if text_ttl is nil.
local function keep(ttl, text_ttl)
	redis.call('PEXPIRE', room, ttl)
	redis.call('PEXPIRE', ended, ttl)
	if text_ttl then redis.call('PEXPIRE', deltas, text_ttl) end
end

-- publish notifies the followers of the room. notice is a payload of live.go.
local function publish(notice) redis.call('PUBLISH', room, notice) end

