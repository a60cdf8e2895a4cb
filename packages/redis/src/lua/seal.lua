-- Seals a bucket: commits open a new generation from now on.
-- KEYS: open, sealed
-- ARGV: dataflow|due@hour, generation
-- Returns 1 where the bucket is sealed (now or before), 0 where it is gone.
local name = ARGV[1] .. '|' .. ARGV[2]
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('SADD', KEYS[2], name)
  return 1
end
return redis.call('SISMEMBER', KEYS[2], name)
