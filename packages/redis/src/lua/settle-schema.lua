-- Notes the schema that a release writes, if it may work on what is stored.
-- KEYS: schema
-- ARGV: version that it writes, the oldest release that can read that, the oldest version that it reads
-- Returns {version that was stored, the oldest release that can read it}.
-- Guarantee: neither number ever goes back, and a release that may not work here changes nothing.
-- A store of before there was a number is of 1; so is one that is empty, until this.
local kept = redis.call('HMGET', KEYS[1], 'written', 'oldestReader')
local written, oldest = tonumber(kept[1]) or 1, tonumber(kept[2]) or 1
local own = tonumber(ARGV[1])
if own >= oldest and written >= tonumber(ARGV[3]) and own > written then
  redis.call('HSET', KEYS[1], 'written', own, 'oldestReader', math.max(oldest, tonumber(ARGV[2])))
end
return {written, oldest}
