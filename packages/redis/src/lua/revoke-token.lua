-- Revokes a token, and with it the browser sessions that were made from it.
-- KEYS: tokens
-- ARGV: id (how the hash of the token begins), time now in epoch milliseconds, name of the administrators' role
-- Returns 1; 0 where there is no such token; -1 where no other administrator's token would last as long.
-- Guarantee: two revocations at once leave an administrator too.
local all = redis.call('HGETALL', KEYS[1])
local now = tonumber(ARGV[2])
local function ends(grant) return grant.expiresAtMs or math.huge end
local function holds(list, wanted)
  for _, name in ipairs(list or {}) do if name == wanted then return true end end
  return false
end
local function administers(grant)
  return not grant.session and ends(grant) > now and (holds(grant.roles, ARGV[3]) or holds(grant.permissions, 'admin'))
end
local field, grant
for at = 1, #all, 2 do
  if string.sub(all[at], 1, #ARGV[1]) == ARGV[1] then field, grant = all[at], cjson.decode(all[at + 1]) end
end
if not field or ends(grant) <= now then return 0 end
if administers(grant) then
  local left = false
  for at = 1, #all, 2 do
    local other = cjson.decode(all[at + 1])
    if all[at] ~= field and administers(other) and ends(other) >= ends(grant) then left = true end
  end
  if not left then return -1 end
end
redis.call('HDEL', KEYS[1], field)
for at = 1, #all, 2 do
  if cjson.decode(all[at + 1]).parent == ARGV[1] then redis.call('HDEL', KEYS[1], all[at]) end
end
return 1
