-- Takes a lock, or renews it.
-- KEYS: lock
-- ARGV: token, lease in milliseconds
-- Returns 1 where the token has it, 0 where another has.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
