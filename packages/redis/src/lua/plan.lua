-- Writes the plan of a sealed bucket.
-- KEYS: sealed, plan, bucket list, counters
-- ARGV: bucket, rows of the bucket, then range, progress, range, progress ...
-- Returns the plan that counts as {range, progress, ...}.
-- Guarantee: of two plans the first counts; a bucket with nothing to do is settled at once.
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 0 then return {} end
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('HSET', KEYS[2], 'rows', ARGV[2])
  for index = 3, #ARGV, 2 do
    if string.find(ARGV[index + 1], '0', 1, true) then redis.call('HSET', KEYS[2], ARGV[index], ARGV[index + 1]) end
  end
  if redis.call('HLEN', KEYS[2]) == 1 then
    redis.call('DEL', KEYS[2], KEYS[3])
    redis.call('SREM', KEYS[1], ARGV[1])
    redis.call('HINCRBY', KEYS[4], 'outboxRows', '-' .. ARGV[2])
    return {}
  end
end
return redis.call('HGETALL', KEYS[2])
