-- Seals a bucket: commits open a new generation from now on.
-- KEYS: open, sealed
-- ARGV: dataflow|due@hour, generation, the bucket's whole name
-- Returns 1 where the bucket is sealed (now or before), 0 where it is gone.
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('SADD', KEYS[2], ARGV[3])
  return 1
end
return redis.call('SISMEMBER', KEYS[2], ARGV[3])
