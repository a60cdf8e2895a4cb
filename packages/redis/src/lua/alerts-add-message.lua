-- Adds a message that no look for alerts made.
-- KEYS: messages
-- ARGV: id, message (JSON), most messages that wait
-- Returns 1, or 0 where there is no room.
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
