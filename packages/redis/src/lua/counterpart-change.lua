-- Changes what is kept of a segment's counterpart: it is gone, or the last try to change it failed.
-- KEYS: counterparts of a solution
-- ARGV: field, what it has from now on (JSON), 'gone' or 'failed'
-- Guarantee: its generation stays, so that a later counterpart is told from this one.
local before = redis.call('HGET', KEYS[1], ARGV[1])
if ARGV[3] == 'gone' and not before then return end
local kept = cjson.decode(before or '{"name":"","generation":0}')
if ARGV[3] == 'gone' then
  kept.remoteId = nil
  kept.trouble = nil
else
  kept.trouble = cjson.decode(ARGV[2])
end
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(kept))
