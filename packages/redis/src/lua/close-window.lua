-- Closes a window.
-- KEYS: open window (hash: id, rows)
-- ARGV: id
-- Returns 1 where it was open.
if redis.call('HGET', KEYS[1], 'id') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
