-- Puts a dataflow.
-- KEYS: dataflows, version, settled
-- ARGV: id, dataflow (JSON), its revision, or nothing where it was made from no configuration
-- Returns the version, or 0 where the one that is there is newer, or all is settled by a newer configuration.
-- Guarantee: one made from an older configuration never replaces one made from a newer, nor comes back after it.
local revision = tonumber(ARGV[3])
if revision and revision < tonumber(redis.call('GET', KEYS[3]) or '0') then return 0 end
local before = redis.call('HGET', KEYS[1], ARGV[1])
if before and (cjson.decode(before).revision or 0) > (revision or 0) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return redis.call('INCR', KEYS[2])
