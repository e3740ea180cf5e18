-- Stores a page if the generation is still the one that the reader has seen.
--
-- KEYS: 1 the hash of the owner's pages.
-- ARGV: 1 generation, 2 the page's field, 3 the page.
if redis.call('HGET', KEYS[1], 'edition') == ARGV[1] then
	redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
end
return 0
