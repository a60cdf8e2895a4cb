-- Ends a page of a backfill.
-- KEYS: backfills, sealed, counters, books, outbox prefix, run prefix, index prefix
-- ARGV: field, progress that the page was read by ('' where there was none), progress after it, number of rows,
--   most rows in the outbox, what the buckets' names end with, field of the books for `received`, for `pending`,
--   length and keeping of runs, then for each bucket: dataflow|due, number of chunks, chunk ...
-- Returns {1, bucket ...}, {0, 'moved'} where the progress is another one, {0, 'full'} where the outbox holds too much.
-- Guarantee: rows, their counts and the progress move together, and once. No commit writes to the buckets.
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return {0, 'moved'} end
local answer = {1}
local rows = tonumber(ARGV[4])
if rows > 0 then
  local waiting = tonumber(redis.call('HGET', KEYS[3], 'outboxRows') or '0')
  if waiting > 0 and waiting + rows > tonumber(ARGV[5]) then return {0, 'full'} end
  local keeping = bookkeeping(KEYS[4], KEYS[6], KEYS[7], tonumber(ARGV[9]), tonumber(ARGV[10]))
  local at = 11
  while at <= #ARGV do
    local generation = redis.call('HINCRBY', KEYS[3], 'generation', 1)
    local bucket = ARGV[at] .. '@' .. keeping.hour .. '|' .. generation .. ARGV[6]
    local last = at + 1 + tonumber(ARGV[at + 1])
    for index = at + 2, last, 4000 do
      redis.call('RPUSH', KEYS[5] .. bucket, unpack(ARGV, index, math.min(index + 3999, last)))
    end
    redis.call('SADD', KEYS[2], bucket)
    answer[#answer + 1] = bucket
    at = last + 1
  end
  redis.call('HINCRBY', KEYS[3], 'outboxRows', rows)
  keeping.count(ARGV[7], rows, keeping.hour)
  keeping.count(ARGV[8], rows, keeping.hour)
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return answer
