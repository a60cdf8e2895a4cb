-- Reads a part of a hash, or of a set or sorted set.
-- KEYS: hash
-- ARGV: cursor, about how many fields, HSCAN (the default), SSCAN or ZSCAN
-- Returns {run id of this server, cursor, {field, value, ...}}.
-- Guarantee: the cursor is one of the run whose id comes with it.
local runId = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local part = redis.call(ARGV[3] or 'HSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
return {runId, part[1], part[2]}
