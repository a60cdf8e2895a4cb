-- Asks what the user may run.
-- ARGV: number of words, word ... of each command
-- Returns the names of the commands that it may not run.
local denied = {}
local at = 1
while at <= #ARGV do
  local last = at + tonumber(ARGV[at])
  if not redis.acl_check_cmd(unpack(ARGV, at + 1, last)) then denied[#denied + 1] = ARGV[at + 1] end
  at = last + 1
end
return denied
