-- Announces to all processes that the rooms of a user have changed. Deletes the lists that
-- processes of version 0.6 cache in Redis, because they run during a deploy.
--
-- KEYS: 1 the hash of the user's lists.
-- ARGV: 1 the channel, 2 the user's id.
redis.call('PUBLISH', ARGV[1], ARGV[2])
redis.call('DEL', KEYS[1])
return 0
