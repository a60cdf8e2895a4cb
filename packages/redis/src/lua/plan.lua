-- Writes the plan of a sealed bucket.
-- KEYS: sealed, plan, bucket list, counters, backlog, books, run prefix, index prefix
-- ARGV: bucket, rows of the bucket, most rows held for a solution (0: no bound), length and keeping of runs, number of solutions,
--   then solution, time of its oldest row in ms, ..., then range, progress, range, progress ...
-- Returns the plan that counts as {range, progress, ...}, with fields that are no ranges: rows, and =solution -> ranges it has left.
-- Guarantee: of two plans the first counts; a bucket with nothing to do is settled at once. Rows of a solution for which too
-- much is held already are left out, counted, and the solution marked, once; a backfill's never are, since it has a bound of its own.
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 0 then return {} end
local dataflow = string.match(ARGV[1], '^[^|]*') .. '|'
local isStream = not string.find(ARGV[1], '^[^|]*|[^|]*|[^|]*|')
local backlog = backlogOf(KEYS[5])
if redis.call('EXISTS', KEYS[2]) == 0 then
  local heldMax = tonumber(ARGV[3])
  local full, planned, left = {}, {}, {}
  redis.call('HSET', KEYS[2], 'rows', ARGV[2])
  local first = 7 + 2 * tonumber(ARGV[6])
  for index = first, #ARGV, 2 do
    local range, progress = ARGV[index], ARGV[index + 1]
    local solution = string.match(range, '^[^|]*')
    local _, toDo = string.gsub(progress, '0', '')
    if full[solution] == nil then
      full[solution] = heldMax > 0 and isStream and backlog.held(dataflow .. solution) >= heldMax
    end
    if toDo > 0 and full[solution] then
      left[solution] = (left[solution] or 0) + toDo
    elseif toDo > 0 then
      redis.call('HSET', KEYS[2], range, progress)
      planned[solution] = (planned[solution] or 0) + 1
    end
  end
  for solution, ranges in pairs(planned) do
    redis.call('HSET', KEYS[2], '=' .. solution, ranges)
    backlog.hold(dataflow .. solution, ARGV[2])
  end
  local oldest = {}
  for index = 7, first - 1, 2 do oldest[ARGV[index]] = ARGV[index + 1] end
  local keeping
  for solution, rows in pairs(left) do
    keeping = keeping or bookkeeping(KEYS[6], KEYS[7], KEYS[8], tonumber(ARGV[4]), tonumber(ARGV[5]))
    local hour = keeping.hourOf(ARGV[1])
    keeping.count(dataflow .. solution .. '|pending', -rows, hour)
    keeping.count(dataflow .. solution .. '|excluded:BACKLOG_FULL', rows, hour)
    local stamp = redis.call('HINCRBY', KEYS[4], 'generation', 1)
    backlog.leaveOut(dataflow .. solution, rows, stamp, oldest[solution] or '0')
  end
end
local plan = redis.call('HGETALL', KEYS[2])
for index = 1, #plan, 2 do
  if plan[index] ~= 'rows' and string.sub(plan[index], 1, 1) ~= '=' then return plan end
end
-- No range is left. Where it still says =solution, whoever settled the last one did not know of that yet.
for index = 1, #plan, 2 do
  if string.sub(plan[index], 1, 1) == '=' then
    backlog.free(dataflow .. string.sub(plan[index], 2), redis.call('HGET', KEYS[2], 'rows'))
  end
end
redis.call('HINCRBY', KEYS[4], 'outboxRows', '-' .. redis.call('HGET', KEYS[2], 'rows'))
redis.call('DEL', KEYS[2], KEYS[3])
redis.call('SREM', KEYS[1], ARGV[1])
return {}
