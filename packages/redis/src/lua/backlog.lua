-- Stands in front of the scripts that change what is held for solutions: see packages/runtime/src/ports/backlogs.ts.
-- backlogOf(key) answers with
--   held(of): of is dataflow|solution
--   hold(of, rows), free(of, rows): rows of one bucket
--   leaveOut(of, rows, stamp, oldestMs): marks it as reconcile due
-- A backlog is fields dataflow|solution|what of one hash: held; first, last, since, from and rows where it is marked.
local function backlogOf(key)
  local function weigh(rows) return math.max(tonumber(rows) or 0, 32) end
  return {
    held = function(of) return tonumber(redis.call('HGET', key, of .. '|held')) or 0 end,
    hold = function(of, rows) redis.call('HINCRBY', key, of .. '|held', weigh(rows)) end,
    free = function(of, rows)
      if redis.call('HINCRBY', key, of .. '|held', -weigh(rows)) <= 0 then redis.call('HDEL', key, of .. '|held') end
    end,
    leaveOut = function(of, rows, stamp, oldestMs)
      if redis.call('HSETNX', key, of .. '|first', stamp) == 1 then
        local time = redis.call('TIME')
        redis.call('HSET', key, of .. '|since', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)))
      end
      local from = redis.call('HGET', key, of .. '|from')
      if not from or tonumber(oldestMs) < tonumber(from) then redis.call('HSET', key, of .. '|from', oldestMs) end
      redis.call('HSET', key, of .. '|last', stamp)
      redis.call('HINCRBY', key, of .. '|rows', rows)
    end,
  }
end
