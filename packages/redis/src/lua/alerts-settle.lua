-- Ends a message about an alert, and keeps what became of it.
-- KEYS: messages, last, told of the alert
-- ARGV: message id, subscription, outcome (JSON), whether it is about an alert (1 or 0), how long outcomes are kept in milliseconds
-- Guarantee: once a message.
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
if ARGV[4] == '1' then
  redis.call('RPUSH', KEYS[3], ARGV[3])
  redis.call('PEXPIRE', KEYS[3], ARGV[5])
end
