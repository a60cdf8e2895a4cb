-- Raises a number: the version of the dataflows in one partition, or the configuration by which they are settled.
-- KEYS: number
-- ARGV: what it is raised to
-- Guarantee: it never goes back, whichever of two changes comes last.
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
return 1
