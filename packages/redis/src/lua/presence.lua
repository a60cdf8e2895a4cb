-- Notes that a worker lives, and forgets those that are silent.
-- KEYS: workers
-- ARGV: name, how long it counts as alive (ms), state, what it says of itself (JSON), channel
-- Returns the time (ms), then name and `until state JSON` of every worker that lives.
-- Guarantee: a worker that joined, changed its state or is forgotten is told on the channel.
local now = redis.call('TIME')
local nowMs = now[1] * 1000 + math.floor(now[2] / 1000)
local before
local changed = false
local answer = {string.format('%.0f', nowMs)}
local all = redis.call('HGETALL', KEYS[1])
for index = 1, #all, 2 do
  if all[index] == ARGV[1] then
    before = all[index + 1]
  elseif tonumber(string.match(all[index + 1], '^%d+')) <= nowMs then
    redis.call('HDEL', KEYS[1], all[index])
    changed = true
  else
    answer[#answer + 1] = all[index]
    answer[#answer + 1] = all[index + 1]
  end
end
local own = string.format('%.0f', nowMs + ARGV[2]) .. ' ' .. ARGV[3] .. ' ' .. ARGV[4]
redis.call('HSET', KEYS[1], ARGV[1], own)
answer[#answer + 1] = ARGV[1]
answer[#answer + 1] = own
if not before or string.match(before, '^%d+ (%a+)') ~= ARGV[3] then changed = true end
if changed then redis.call('PUBLISH', ARGV[5], '') end
return answer
