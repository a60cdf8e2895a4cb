-- Commits one slice of a partition's log.
-- KEYS: owner, offset, profiles, segments, timers, open, counters, books, outbox prefix, dataflows, run prefix, index prefix,
--   ledger prefix, dead letter prefix, tombstones, erasures under way, prefix of requests to erase,
--   what was set aside
-- ARGV: owner, expected offset, new offset, version of the dataflows, length and keeping of runs, then eleven counts of arguments, then the
--   arguments themselves, group by group:
--   profiles to write (none, or one msgpack list: key, packed ...), profiles to remove (key ...), segments (index, segment ...),
--   timers to set (due, key ...), timers to remove (key ...), counters and books (a count of counters first; field, number ...),
--   outbox (dataflow|due, chunk ...), names of all ledgers where a profile was erased (dataflow:solution ...),
--   erased profiles (key, hash, when that was asked for ...), what is set aside (the most that is kept; place, packed ...)
-- Rows go to buckets of the hour of now, and the books are counted in its runs too.
-- Returns {1, earliest due time, bucket, generation, bucket, generation, ...} with the buckets that were opened,
--   {0, 'fenced'} where somebody else owns the partition, {0, 'moved'} where the offset is not the expected one,
--   {0, 'outdated'} where the dataflows are newer, {0, 'full'} where as much is set aside as may be.
-- Guarantee: all of it or none, once, and only for the present owner.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {0, 'fenced'} end
if (redis.call('GET', KEYS[2]) or '0-0') ~= ARGV[2] then return {0, 'moved'} end
if tonumber(redis.call('GET', KEYS[10]) or '0') > tonumber(ARGV[4]) then return {0, 'outdated'} end
local aside = tonumber(ARGV[17])
if aside > 0 then
  local most = tonumber(ARGV[#ARGV - aside + 1])
  if redis.call('HLEN', KEYS[18]) + (aside - 1) / 2 > most then return {0, 'full'} end
  redis.call('HSET', KEYS[18], unpack(ARGV, #ARGV - aside + 2, #ARGV))
end

local at = 18
-- Lua's stack bounds what one call can take.
local step = 4000
local function each(count, command, key)
  local last = at + count - 1
  for from = at, last, step do
    redis.call(command, key, unpack(ARGV, from, math.min(from + step - 1, last)))
  end
  at = last + 1
end
if tonumber(ARGV[7]) > 0 then
  local writes = cmsgpack.unpack(ARGV[at])
  for from = 1, #writes, step do
    redis.call('HSET', KEYS[3], unpack(writes, from, math.min(from + step - 1, #writes)))
  end
  at = at + 1
end
each(tonumber(ARGV[8]), 'HDEL', KEYS[3])
each(tonumber(ARGV[9]), 'HSET', KEYS[4])
each(tonumber(ARGV[10]), 'ZADD', KEYS[5])
each(tonumber(ARGV[11]), 'ZREM', KEYS[5])
local counters = tonumber(ARGV[12])
for index = at, at + counters - 1, 2 do redis.call('HINCRBY', KEYS[7], ARGV[index], ARGV[index + 1]) end
at = at + counters
local keeping = bookkeeping(KEYS[8], KEYS[11], KEYS[12], tonumber(ARGV[5]), tonumber(ARGV[6]))
local books = tonumber(ARGV[13])
for index = at, at + books - 1, 2 do keeping.count(ARGV[index], ARGV[index + 1], keeping.hour) end
at = at + books

local answer = {1, 0}
for index = at, at + tonumber(ARGV[14]) - 1, 2 do
  local bucket = ARGV[index] .. '@' .. keeping.hour
  local generation = redis.call('HGET', KEYS[6], bucket)
  if not generation then
    generation = tostring(redis.call('HINCRBY', KEYS[7], 'generation', 1))
    redis.call('HSET', KEYS[6], bucket, generation)
    answer[#answer + 1] = bucket
    answer[#answer + 1] = generation
  end
  redis.call('RPUSH', KEYS[9] .. bucket .. '|' .. generation, ARGV[index + 1])
end
at = at + tonumber(ARGV[14])
local names = {}
for index = at, at + tonumber(ARGV[15]) - 1 do names[#names + 1] = ARGV[index] end
at = at + #names
for index = at, at + tonumber(ARGV[16]) - 1, 3 do
  local now = redis.call('TIME')
  local nowMs = now[1] * 1000 + math.floor(now[2] / 1000)
  -- What a delivery has in hand stays until it is settled: without its claim another would tell the solution at the same time.
  local entries, letters = forget(KEYS[13], KEYS[14], names, ARGV[index], redis.call('HLEN', KEYS[4]), nowMs)
  redis.call('ZADD', KEYS[15], 'GT', ARGV[index + 2], ARGV[index + 1])
  local request = redis.call('HGET', KEYS[16], ARGV[index + 1])
  if request then
    redis.call('HSET', KEYS[17] .. request, 'deletedMs', string.format('%.0f', nowMs), 'ledgerEntries', entries, 'deadLetters', letters)
  end
end
redis.call('SET', KEYS[2], ARGV[3])
local first = redis.call('ZRANGE', KEYS[5], 0, 0, 'WITHSCORES')
if first[2] then answer[2] = first[2] end
return answer
