-- Removes what came back of a deleted profile.
-- KEYS: profiles, timers, segments, the request, ledger prefix, dead letter prefix
-- ARGV: dataflow:solution ...
-- Guarantee: nothing of a profile that was begun anew, and nothing that a delivery has in hand.
local request = redis.call('HMGET', KEYS[4], 'key', 'deletedMs')
local key = request[1]
if not key or not request[2] or redis.call('HEXISTS', KEYS[1], key) == 1 then return end
local now = redis.call('TIME')
redis.call('ZREM', KEYS[2], key)
forget(KEYS[5], KEYS[6], ARGV, key, redis.call('HLEN', KEYS[3]), now[1] * 1000 + math.floor(now[2] / 1000))
