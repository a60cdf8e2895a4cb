-- Gives a lock back.
-- KEYS: lock
-- ARGV: token
-- Guarantee: somebody else's lock stays theirs.
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
