-- Gives a partition up.
-- KEYS: owner
-- ARGV: the owner
-- Returns 1 where it was the owner's to give.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
