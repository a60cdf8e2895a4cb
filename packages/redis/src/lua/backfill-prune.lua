-- Drops the progress of backfills whose orders are gone. The engine's own, reconciles, go with their mark.
-- KEYS: version of the dataflows, backfills
-- ARGV: version by which orders are known, field to keep ...
-- Guarantee: whoever knows older dataflows than the partition goes by drops nothing.
if tonumber(redis.call('GET', KEYS[1]) or '0') > tonumber(ARGV[1]) then return 0 end
local kept = {}
for index = 2, #ARGV do kept[ARGV[index]] = true end
local dropped = 0
for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
  if not kept[field] and not string.find(field, '|reconcile-', 1, true) then dropped = dropped + redis.call('HDEL', KEYS[2], field) end
end
return dropped
