-- Notes that a profile was seen as being erased.
-- KEYS: the request
-- ARGV: its other identities, packed
-- Guarantee: the first time counts.
if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'leavingMs') == 1 then return end
local now = redis.call('TIME')
local nowMs = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000))
redis.call('HSET', KEYS[1], 'leavingMs', nowMs, 'others', ARGV[1])
