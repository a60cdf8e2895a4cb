-- Puts a dataflow.
-- KEYS: dataflows, version
-- ARGV: id, dataflow (JSON), its revision
-- Returns the version, or 0 where the one that is there is newer.
-- Guarantee: one made from an older configuration never replaces one made from a newer.
local before = redis.call('HGET', KEYS[1], ARGV[1])
if before and (cjson.decode(before).revision or 0) > tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return redis.call('INCR', KEYS[2])
