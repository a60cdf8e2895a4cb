-- What time it is where a key is.
-- KEYS: the key
-- Returns {seconds, microseconds}.
return redis.call('TIME')
