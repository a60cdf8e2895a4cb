-- Gives a partition up.
-- KEYS: owner
-- ARGV: the owner, channel
-- Returns 1 where it was the owner's to give, and tells it on the channel.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[2], '')
return 1
