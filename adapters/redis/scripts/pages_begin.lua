-- Returns the generation of an owner's cached pages. Sets a new one if none exists. The
-- field is named edition, because earlier versions of Parley use the same hash.
--
-- KEYS: 1 the hash of the owner's pages.
-- ARGV: 1 a new generation, 2 TTL in ms.
if redis.call('HSETNX', KEYS[1], 'edition', ARGV[1]) == 1 then
	redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return redis.call('HGET', KEYS[1], 'edition')
