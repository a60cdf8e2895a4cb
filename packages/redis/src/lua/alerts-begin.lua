-- Takes the right to look for alerts, or keeps it.
-- KEYS: lease, looked, watches, messages
-- ARGV: token, lease in milliseconds
-- Returns nil where another has the right; else the time now (epoch milliseconds), the watches, and ids of messages that wait.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return nil end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('SET', KEYS[2], now)
return { now, redis.call('HVALS', KEYS[3]), redis.call('HKEYS', KEYS[4]) }
