-- Takes a partition.
-- KEYS: owner
-- ARGV: the owner as it was read before ('' where there was none), the new owner
-- Returns 1 where it was taken, 0 where somebody else was quicker.
-- Guarantee: of two that saw the same owner gone, one takes over.
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
