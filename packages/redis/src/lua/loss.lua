-- Counts a loss within a window that begins with its first, each id once.
-- KEYS: hash id -> number
-- ARGV: window in seconds, id, most ids told apart
-- Returns the number of this loss.
local known = redis.call('HGET', KEYS[1], ARGV[2])
if known then return tonumber(known) end
local number = redis.call('HLEN', KEYS[1]) + 1
if number > tonumber(ARGV[3]) then return number end
redis.call('HSET', KEYS[1], ARGV[2], number)
if number == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return number
