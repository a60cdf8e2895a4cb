-- Ends a page of a backfill.
-- KEYS: backfills, sealed, counters, books, outbox prefix
-- ARGV: field, progress that the page was read by ('' where there was none), progress after it, number of rows,
--   most rows in the outbox, dataflow|due, what the bucket's name ends with, field of the books for `received`, for `pending`,
--   chunk ...
-- Returns {1, generation or 0}, {0, 'moved'} where the progress is another one, {0, 'full'} where the outbox holds too much.
-- Guarantee: rows, their counts and the progress move together, and once. No commit writes to the bucket.
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return {0, 'moved'} end
local rows = tonumber(ARGV[4])
local generation = 0
if rows > 0 then
  local waiting = tonumber(redis.call('HGET', KEYS[3], 'outboxRows') or '0')
  if waiting > 0 and waiting + rows > tonumber(ARGV[5]) then return {0, 'full'} end
  generation = redis.call('HINCRBY', KEYS[3], 'generation', 1)
  local bucket = ARGV[6] .. '|' .. generation .. ARGV[7]
  for index = 10, #ARGV, 4000 do
    redis.call('RPUSH', KEYS[5] .. bucket, unpack(ARGV, index, math.min(index + 3999, #ARGV)))
  end
  redis.call('SADD', KEYS[2], bucket)
  redis.call('HINCRBY', KEYS[3], 'outboxRows', rows)
  redis.call('HINCRBY', KEYS[4], ARGV[8], rows)
  redis.call('HINCRBY', KEYS[4], ARGV[9], rows)
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return {1, generation}
