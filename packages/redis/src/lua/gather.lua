-- Adds pointers to the open window.
-- KEYS: open window (hash: id, rows), prefix of the windows' lists
-- ARGV: rows, pointer, pointer ...
-- Returns {id, rows}.
-- Guarantee: a pointer is in the window whose id is answered, and nobody has closed that yet.
local id = redis.call('HGET', KEYS[1], 'id')
if not id then
  local now = redis.call('TIME')
  id = string.format('%d%06d', now[1], now[2])
  redis.call('HSET', KEYS[1], 'id', id)
end
for index = 2, #ARGV, 4000 do
  redis.call('RPUSH', KEYS[2] .. id, unpack(ARGV, index, math.min(index + 3999, #ARGV)))
end
return {id, redis.call('HINCRBY', KEYS[1], 'rows', ARGV[1])}
