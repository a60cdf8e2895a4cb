-- Stands in front of the scripts that count rows: counts in the books, and in the run of an hour of the row's dataflow.
-- bookkeeping(books, run prefix, index prefix, length of a run in ms, ms that a run is kept after its end) answers with
--   hour: of now by Redis' clock, in lengths of a run since the epoch
--   count(field, number, hour): field is dataflow|solution|outcome; without an hour it counts in the books only
--   hourOf(bucket): of the run that the bucket's rows belong to; nil for one that was opened before there were runs
-- A run is a hash solution|outcome -> number, with changedMs; a dataflow's index is a sorted set of the hours. Both expire by
-- themselves. What is counted for a run that is not kept any more is in the books only.
local function bookkeeping(books, runPrefix, indexPrefix, lengthMs, keptMs)
  local time = redis.call('TIME')
  local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
  local hourNow = math.floor(nowMs / lengthMs)
  local function whole(ms) return string.format('%.0f', ms) end
  local function keptUntilMs(hour) return (hour + 1) * lengthMs + keptMs end
  local runs = {}
  local function runOf(dataflow, hour)
    local key = runPrefix .. dataflow .. ':' .. hour
    if runs[key] == nil then
      runs[key] = keptUntilMs(hour) > nowMs and key
      if runs[key] and redis.call('HSET', key, 'changedMs', whole(nowMs)) == 1 then
        local index = indexPrefix .. dataflow
        redis.call('PEXPIREAT', key, whole(keptUntilMs(hour)))
        redis.call('ZADD', index, hour, hour)
        redis.call('ZREMRANGEBYSCORE', index, '-inf', math.floor((nowMs - keptMs) / lengthMs) - 1)
        redis.call('PEXPIREAT', index, whole(keptUntilMs(hourNow)))
      end
    end
    return runs[key]
  end
  return {
    hour = hourNow,
    count = function(field, number, hour)
      redis.call('HINCRBY', books, field, number)
      if not hour then return end
      local bar = string.find(field, '|', 1, true)
      local run = runOf(string.sub(field, 1, bar - 1), hour)
      if run then redis.call('HINCRBY', run, string.sub(field, bar + 1), number) end
    end,
    hourOf = function(bucket) return tonumber(string.match(bucket, '^[^|]*|%d+@(%d+)|')) end,
  }
end
