-- Ends a reconcile of what was left out of a backlog.
-- KEYS: backlog, backfills
-- ARGV: dataflow|, |solution, `last` of the mark that was reconciled
-- Returns 1 where there is no mark any more.
-- Guarantee: a mark stays where something was left out since.
local of = ARGV[1] .. string.sub(ARGV[2], 2)
for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
  if string.sub(field, 1, #ARGV[1] + 10) == ARGV[1] .. 'reconcile-' and string.sub(field, -#ARGV[2]) == ARGV[2] then
    redis.call('HDEL', KEYS[2], field)
  end
end
local last = redis.call('HGET', KEYS[1], of .. '|last')
if not last then return 1 end
if last ~= ARGV[3] then return 0 end
redis.call('HDEL', KEYS[1], of .. '|first', of .. '|last', of .. '|since', of .. '|from', of .. '|rows')
return 1
