-- Notes rows that a solution accepted, to be followed until it has applied them.
-- KEYS: followed rows of a solution
-- ARGV: receipt id, rows (JSON), most that are followed
-- Returns 1, or 0 where there are too many already.
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
