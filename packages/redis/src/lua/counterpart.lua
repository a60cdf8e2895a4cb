-- Notes that a segment's counterpart is there.
-- KEYS: counterparts of a solution
-- ARGV: field, what is said of it (JSON, with no empty list in it: cjson would write it as a map), which lists were said to be
-- empty (JSON), most generations
-- Returns the counterpart as it is kept, JSON.
-- Guarantee: a remote id that was not the last one is a new generation; whoever notes the same one again changes no generation,
-- and what is not said of it stays.
local said, emptied = cjson.decode(ARGV[2]), cjson.decode(ARGV[3])
local kept = cjson.decode(redis.call('HGET', KEYS[1], ARGV[1]) or '{"name":"","generation":0}')
if kept.remoteId ~= said.remoteId then
  kept = {name = kept.name, generation = kept.generation % tonumber(ARGV[4]) + 1}
end
kept.trouble = nil
for name in pairs(emptied) do kept[name] = nil end
for name, value in pairs(said) do kept[name] = value end
local json = cjson.encode(kept)
redis.call('HSET', KEYS[1], ARGV[1], json)
return json
