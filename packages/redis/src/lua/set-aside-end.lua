-- Ends that something is set aside: it is stepped again, or discarded.
-- KEYS: what was set aside, log, counters
-- ARGV: place, record batch to append ('' for none), its records
-- Returns 1, or 0 where it is not there any more.
-- Guarantee: of two that ask for it, one gets it, and what is stepped again is in the log.
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HINCRBY', KEYS[3], 'setAside', -1)
if ARGV[2] ~= '' then
  redis.call('XADD', KEYS[2], '*', 'b', ARGV[2])
  redis.call('HINCRBY', KEYS[3], 'appendedRecords', ARGV[3])
  redis.call('HINCRBY', KEYS[3], 'appendedBytes', #ARGV[2])
end
return 1
