-- Keeps claims alive.
-- KEYS: ledger
-- ARGV: token (6 bytes), lease in milliseconds, profile key, profile key ...
-- Returns how many of them the token still holds.
-- Guarantee: a claim that somebody else has taken since, or settled, stays theirs.
local now = redis.call('TIME')
local nowMs = now[1] * 1000 + math.floor(now[2] / 1000)
local claim = struct.pack('>I6', nowMs + tonumber(ARGV[2])) .. ARGV[1]
local held = 0
for index = 3, #ARGV do
  local entry = redis.call('HGET', KEYS[1], ARGV[index])
  if entry and string.sub(entry, 7, 12) == ARGV[1] then
    redis.call('HSET', KEYS[1], ARGV[index], claim .. string.sub(entry, 13))
    held = held + 1
  end
end
return held
