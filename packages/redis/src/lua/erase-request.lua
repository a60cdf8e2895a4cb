-- Notes a request to erase a profile, and puts its record into the log.
-- KEYS: log, counters, under way (hash: hash of the profile key -> id), requests by time (sorted set), tombstones, the request (hash)
-- ARGV: id, hash, profile key, who asked, packed record batch, most tombstones, most requests, keeping of tombstones, of requests (ms)
-- Returns {1, id} where it was noted, {0, id} of the one that is under way, {0} where there are too many.
-- Guarantee: what is noted is in the log, and one erasure of a profile at a time is under way. No tombstone that stands is dropped.
local known = redis.call('HGET', KEYS[3], ARGV[2])
if known then return {0, known} end
local now = redis.call('TIME')
local nowMs = now[1] * 1000 + math.floor(now[2] / 1000)
local function whole(ms) return string.format('%.0f', ms) end
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', '(' .. whole(nowMs - tonumber(ARGV[8])))
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', '(' .. whole(nowMs - tonumber(ARGV[9])))
local standing = redis.call('ZCARD', KEYS[5]) + redis.call('HLEN', KEYS[3])
if standing >= tonumber(ARGV[6]) or redis.call('ZCARD', KEYS[4]) >= tonumber(ARGV[7]) then return {0} end
redis.call('HSET', KEYS[6], 'hash', ARGV[2], 'key', ARGV[3], 'requestedBy', ARGV[4], 'requestedMs', whole(nowMs))
redis.call('HSET', KEYS[3], ARGV[2], ARGV[1])
redis.call('ZADD', KEYS[4], whole(nowMs), ARGV[1])
redis.call('XADD', KEYS[1], '*', 'b', ARGV[5])
redis.call('HINCRBY', KEYS[2], 'appendedRecords', 1)
redis.call('HINCRBY', KEYS[2], 'appendedBytes', #ARGV[5])
return {1, ARGV[1]}
