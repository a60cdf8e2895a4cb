-- Notes that the removal of a segment's counterpart begins, or that it did not happen.
-- KEYS: counterparts of a solution
-- ARGV: field, remote id, 'begun' or 'refused'
-- Guarantee: another counterpart than this one is left alone.
local json = redis.call('HGET', KEYS[1], ARGV[1])
if not json then return end
local kept = cjson.decode(json)
if kept.remoteId ~= ARGV[2] then return end
kept.removing = ARGV[3] == 'begun' or nil
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(kept))
