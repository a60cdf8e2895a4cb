-- Ends an erasure: only the hash of the profile key stays.
-- KEYS: the request, under way
-- ARGV: proof (JSON), keeping of requests (ms)
local hash = redis.call('HGET', KEYS[1], 'hash')
if not hash then return end
local now = redis.call('TIME')
redis.call('HDEL', KEYS[1], 'key', 'others')
redis.call('HSET', KEYS[1], 'proof', ARGV[1], 'doneMs', string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000)))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('HDEL', KEYS[2], hash)
