-- Settles what a delivery did.
-- KEYS: ledger, books, counters, sealed, dead letters, plan prefix, outbox prefix, run prefix, index prefix, backlog
-- ARGV: token (6 bytes), most dead letters, number of entries, number of ranges, number of dead letters,
--   field of the books for `resent`, number of those told again, length and keeping of runs, then
--   entries: profile key, entry or '' to remove it
--   told again: profile key
--   ranges: bucket, range, field of the books for `pending`, number of rows, then for each row: position, field of the books
--   dead letters: profile key, field, value
-- Returns the profile keys whose claim was lost.
-- Guarantee: each row is counted once, whoever settles it, and nothing is written over somebody else's claim, nor kept as a
-- dead letter that is still to do. A row counts in the run of its bucket's hour, what was told again in that of now.
-- A bucket whose last range is done is removed.
local token = ARGV[1]
local at = 10
local keeping = bookkeeping(KEYS[2], KEYS[8], KEYS[9], tonumber(ARGV[8]), tonumber(ARGV[9]))
local lost, isLost = {}, {}
for _ = 1, tonumber(ARGV[3]) do
  local key, entry = ARGV[at], ARGV[at + 1]
  at = at + 2
  local present = redis.call('HGET', KEYS[1], key)
  if not present or string.sub(present, 7, 12) ~= token then
    lost[#lost + 1] = key
    isLost[key] = true
  elseif entry == '' then
    redis.call('HDEL', KEYS[1], key)
  else
    redis.call('HSET', KEYS[1], key, entry)
  end
end
local resent = 0
for _ = 1, tonumber(ARGV[7]) do
  if not isLost[ARGV[at]] then resent = resent + 1 end
  at = at + 1
end
if resent > 0 then keeping.count(ARGV[6], resent, keeping.hour) end
for _ = 1, tonumber(ARGV[4]) do
  local bucket, range, pendingField, rows = ARGV[at], ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3])
  at = at + 4
  local plan = KEYS[6] .. bucket
  local progress = redis.call('HGET', plan, range)
  if progress then
    local counts, done = {}, 0
    local marks = {}
    for index = at, at + 3 * rows - 1, 3 do
      local position = tonumber(ARGV[index]) + 1
      if not isLost[ARGV[index + 2]] and string.byte(progress, position) == 48 and not marks[position] then
        marks[position] = true
        done = done + 1
        counts[ARGV[index + 1]] = (counts[ARGV[index + 1]] or 0) + 1
      end
    end
    if done > 0 then
      local bytes = {}
      for position = 1, #progress do
        bytes[position] = marks[position] and '1' or string.sub(progress, position, position)
      end
      progress = table.concat(bytes)
      local hour = keeping.hourOf(bucket)
      for field, count in pairs(counts) do keeping.count(field, count, hour) end
      keeping.count(pendingField, -done, hour)
      if string.find(progress, '0', 1, true) then
        redis.call('HSET', plan, range, progress)
      else
        redis.call('HDEL', plan, range)
        -- Not there: the plan was written before backlogs were counted.
        local solution = string.match(range, '^[^|]*')
        local left = redis.call('HINCRBY', plan, '=' .. solution, -1)
        if left <= 0 then redis.call('HDEL', plan, '=' .. solution) end
        if left == 0 then
          backlogOf(KEYS[10]).free(string.match(bucket, '^[^|]*') .. '|' .. solution, redis.call('HGET', plan, 'rows'))
        end
        if redis.call('HLEN', plan) == 1 then
          redis.call('HINCRBY', KEYS[3], 'outboxRows', '-' .. redis.call('HGET', plan, 'rows'))
          redis.call('DEL', plan, KEYS[7] .. bucket)
          redis.call('SREM', KEYS[4], bucket)
        end
      end
    end
  end
  at = at + 3 * rows
end
local letters = tonumber(ARGV[5])
for index = at, at + 3 * letters - 1, 3 do
  local field = ARGV[index + 1]
  local fits = redis.call('HLEN', KEYS[5]) < tonumber(ARGV[2]) or redis.call('HEXISTS', KEYS[5], field) == 1
  if fits and not isLost[ARGV[index]] then redis.call('HSET', KEYS[5], field, ARGV[index + 2]) end
end
return lost
