-- Profiles that are due by Redis' own clock.
-- KEYS: timers
-- ARGV: limit
-- Returns {key, due, key, due, ...}, the longest due first.
local now = redis.call('TIME')
local nowMs = now[1] * 1000 + math.floor(now[2] / 1000)
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', nowMs), 'WITHSCORES', 'LIMIT', 0, ARGV[1])
