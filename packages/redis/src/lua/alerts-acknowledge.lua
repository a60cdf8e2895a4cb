-- Notes that somebody has seen an alert.
-- KEYS: watches, history, acknowledged
-- ARGV: id, acknowledgement (JSON)
-- Returns 'acknowledged', 'already', 'over' or 'unknown'.
-- Guarantee: once an alert, and only while it is raised.
local raised = false
for _, json in ipairs(redis.call('HVALS', KEYS[1])) do
  local watch = cjson.decode(json)
  if watch.alert and watch.alert.id == ARGV[1] then raised = true end
end
if not raised then
  if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 'over' end
  return 'unknown'
end
if redis.call('HSETNX', KEYS[3], ARGV[1], ARGV[2]) == 0 then return 'already' end
return 'acknowledged'
