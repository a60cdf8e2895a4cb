-- Changes what is kept of a segment's counterpart: it is gone, or the last try to change it failed.
-- KEYS: counterparts of a solution
-- ARGV: field, remote id or '' and what failed (JSON) or ''
-- Guarantee: its generation stays, so that a later counterpart is told from this one.
local kept = cjson.decode(redis.call('HGET', KEYS[1], ARGV[1]) or '{"name":"","generation":0}')
if ARGV[2] ~= '' then
  if kept.remoteId ~= ARGV[2] then return end
  kept = {name = kept.name, generation = kept.generation}
else
  kept.trouble = cjson.decode(ARGV[3])
end
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(kept))
