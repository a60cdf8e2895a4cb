-- Notes that a segment's counterpart is there.
-- KEYS: counterparts of a solution
-- ARGV: field, remote id, name, most generations
-- Returns the counterpart as it is kept, JSON.
-- Guarantee: a remote id that was not the last one is a new generation; whoever notes the same one again changes nothing.
local before = redis.call('HGET', KEYS[1], ARGV[1])
local generation, known = 0, false
if before then
  local kept = cjson.decode(before)
  generation = kept.generation
  known = kept.remoteId == ARGV[2]
end
if not known then generation = generation % tonumber(ARGV[4]) + 1 end
local after = cjson.encode({remoteId = ARGV[2], name = ARGV[3], generation = generation})
redis.call('HSET', KEYS[1], ARGV[1], after)
return after
