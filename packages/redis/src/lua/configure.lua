-- Changes the organisation's configuration, with its audit.
-- KEYS: version, documents, audit
-- ARGV: expected version ('' to write audit entries only), how long audit entries are kept in milliseconds ('': whoever knows that drops them), most audit entries,
--   channel, number of writes, field, JSON or '' ..., audit entries ...
-- Returns 1, or 0 where the version is another one.
-- Guarantee: all of it or none, and only by the version it was decided by.
if ARGV[1] ~= '' and (redis.call('GET', KEYS[1]) or '0') ~= ARGV[1] then return 0 end
local at = 6
for _ = 1, tonumber(ARGV[5]) do
  if ARGV[at + 1] == '' then redis.call('HDEL', KEYS[2], ARGV[at])
  else redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1]) end
  at = at + 2
end
for index = at, #ARGV do redis.call('XADD', KEYS[3], '*', 'e', ARGV[index]) end
if #ARGV >= at and ARGV[2] ~= '' then
  local now = redis.call('TIME')
  redis.call('XTRIM', KEYS[3], 'MINID', string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000) - ARGV[2]))
  redis.call('XTRIM', KEYS[3], 'MAXLEN', ARGV[3])
end
if ARGV[1] ~= '' then
  redis.call('INCR', KEYS[1])
  redis.call('PUBLISH', ARGV[4], 'changed')
end
return 1
