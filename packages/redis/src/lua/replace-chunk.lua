-- Puts a chunk of an outbox bucket in another's place.
-- KEYS: list
-- ARGV: position, chunk as it was read, new chunk
-- Returns 1, or 0 where another one stands there, or none.
-- Guarantee: rows that were appended meanwhile stay, and a bucket that is settled stays gone.
if redis.call('LINDEX', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('LSET', KEYS[1], ARGV[1], ARGV[3])
return 1
