-- Writes what a look for alerts changed, with the messages about it.
-- KEYS: lease, watches, over, history, acknowledged, messages, prefix of told
-- ARGV: token, how long alerts that are over are kept in milliseconds, most of them, most messages that wait,
--   number of watches, number of alerts that are over, number of messages;
--   key, watch (JSON) or '' ...; id, time it was over, alert (JSON) ...; id, message (JSON) ...
-- Returns -1 where the right was lost, else how many messages found no room.
-- Guarantee: all of it or nothing, and only for who has the right to look; a message is there if its change is.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
local at = 8
for _ = 1, tonumber(ARGV[5]) do
  if ARGV[at + 1] == '' then redis.call('HDEL', KEYS[2], ARGV[at])
  else redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1]) end
  at = at + 2
end
local function forget(ids)
  for _, id in ipairs(ids) do
    redis.call('ZREM', KEYS[3], id)
    redis.call('HDEL', KEYS[4], id)
    redis.call('HDEL', KEYS[5], id)
    redis.call('DEL', KEYS[7] .. id)
  end
end
local ended = tonumber(ARGV[6])
for _ = 1, ended do
  redis.call('ZADD', KEYS[3], ARGV[at + 1], ARGV[at])
  redis.call('HSET', KEYS[4], ARGV[at], ARGV[at + 2])
  at = at + 3
end
if ended > 0 then
  local time = redis.call('TIME')
  local oldest = string.format('(%.0f', time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[2])
  forget(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', oldest))
  local beyond = redis.call('ZCARD', KEYS[3]) - ARGV[3]
  if beyond > 0 then forget(redis.call('ZRANGE', KEYS[3], 0, beyond - 1)) end
end
local dropped = 0
local room = ARGV[4] - redis.call('HLEN', KEYS[6])
for _ = 1, tonumber(ARGV[7]) do
  if room > 0 then
    room = room - redis.call('HSET', KEYS[6], ARGV[at], ARGV[at + 1])
  else
    dropped = dropped + 1
  end
  at = at + 2
end
return dropped
