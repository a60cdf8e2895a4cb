-- Notes why nothing is sent to a solution.
-- KEYS: state of a solution
-- ARGV: pause (JSON)
-- Guarantee: as long as the code stays, so does the time since when.
local before = redis.call('HGET', KEYS[1], 'pause')
local pause = cjson.decode(ARGV[1])
if before then
  local kept = cjson.decode(before)
  if kept.code == pause.code then pause.sinceMs = kept.sinceMs end
end
redis.call('HSET', KEYS[1], 'pause', cjson.encode(pause))
