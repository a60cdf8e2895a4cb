-- Has a backfill's order reach a partition.
-- KEYS: version of the dataflows, backfills, offset, profiles, ledger
-- ARGV: version, field
-- Returns {progress or false, offset or false, profiles, profiles in the ledger}.
-- Guarantee: what is committed after the offset that is answered goes by dataflows of this version or a newer one.
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
return {redis.call('HGET', KEYS[2], ARGV[2]), redis.call('GET', KEYS[3]), redis.call('HLEN', KEYS[4]), redis.call('HLEN', KEYS[5])}
