-- Puts the record into the log that every solution has acknowledged an erasure, and the barrier behind it.
-- KEYS: log, counters, the request
-- ARGV: packed record batch, packed filler
-- Guarantee: once for a request, and its barrier is noted with it.
if redis.call('EXISTS', KEYS[3]) == 0 or redis.call('HEXISTS', KEYS[3], 'barrier') == 1 then return end
redis.call('XADD', KEYS[1], '*', 'b', ARGV[1])
local barrier = redis.call('XADD', KEYS[1], '*', 'b', ARGV[2])
redis.call('HINCRBY', KEYS[2], 'appendedRecords', 1)
redis.call('HINCRBY', KEYS[2], 'appendedBytes', #ARGV[1] + #ARGV[2])
local now = redis.call('TIME')
local nowMs = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000))
redis.call('HSET', KEYS[3], 'barrier', barrier, 'acknowledgedMs', nowMs)
redis.call('HDEL', KEYS[3], 'waitingFor')
