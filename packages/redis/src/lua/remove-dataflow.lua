-- Removes a retired dataflow.
-- KEYS: dataflows, version, settled
-- ARGV: id, its revision
-- Returns 1, or 0 where it is not there, not retired, or another by now.
-- Guarantee: it never comes back from an older configuration.
local before = redis.call('HGET', KEYS[1], ARGV[1])
if not before then return 0 end
local dataflow = cjson.decode(before)
if not dataflow.retired or (dataflow.revision or 0) ~= tonumber(ARGV[2]) then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
if tonumber(redis.call('GET', KEYS[3]) or '0') < tonumber(ARGV[2]) then redis.call('SET', KEYS[3], ARGV[2]) end
redis.call('INCR', KEYS[2])
return 1
