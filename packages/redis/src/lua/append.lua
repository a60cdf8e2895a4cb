-- Appends one record batch to a partition's log.
-- KEYS: log, counters
-- ARGV: payload, records, most bytes not stepped yet (0: no bound), most rows in the outbox (0: no bound),
--       what the entry is traced by (absent: by nothing)
-- Returns the entry's id, or LOG_FULL or OUTBOX_FULL.
-- Guarantee: the bound is checked and the entry counted in the same step, so that no number of gateways passes it.
local maxBytes = tonumber(ARGV[3])
local maxRows = tonumber(ARGV[4])
if maxBytes > 0 or maxRows > 0 then
  local counted = redis.call('HMGET', KEYS[2], 'appendedBytes', 'steppedBytes', 'outboxRows')
  local waiting = (tonumber(counted[1]) or 0) - (tonumber(counted[2]) or 0)
  if maxBytes > 0 and waiting + #ARGV[1] > maxBytes then return 'LOG_FULL' end
  if maxRows > 0 and (tonumber(counted[3]) or 0) >= maxRows then return 'OUTBOX_FULL' end
end
local id
if ARGV[5] then id = redis.call('XADD', KEYS[1], '*', 'b', ARGV[1], 't', ARGV[5])
else id = redis.call('XADD', KEYS[1], '*', 'b', ARGV[1]) end
redis.call('HINCRBY', KEYS[2], 'appendedRecords', ARGV[2])
redis.call('HINCRBY', KEYS[2], 'appendedBytes', #ARGV[1])
return id
