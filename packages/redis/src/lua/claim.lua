-- Claims profiles for one delivery to one solution, and reads them.
-- KEYS: ledger, profiles
-- ARGV: token (6 bytes), lease in milliseconds, then profile key, doubts (2 bytes a segment), profile key, doubts ...
-- Returns {profile or false, entry or false} for each that was claimed, 0 for each that another delivery holds.
-- Guarantee: one delivery at a time tells a solution of a profile, and it sees the profile as it is under its claim.
-- An entry begins with the claim's end (6 bytes), its token (6), its version and the number of doubts (4 and 12 bits) and the doubts.
-- An entry of another version stays as it is: WRITTEN_BY_NEWER.
local now = redis.call('TIME')
local nowMs = now[1] * 1000 + math.floor(now[2] / 1000)
local claim = struct.pack('>I6', nowMs + tonumber(ARGV[2])) .. ARGV[1]
local answer = {}
for index = 3, #ARGV, 2 do
  local key = ARGV[index]
  local entry = redis.call('HGET', KEYS[1], key)
  local heldUntil, holder = 0, ''
  local doubts, records = '', ''
  if entry then
    heldUntil = struct.unpack('>I6', entry)
    holder = string.sub(entry, 7, 12)
    local count = struct.unpack('>I2', entry, 13)
    if count >= 4096 then
      return redis.error_reply('WRITTEN_BY_NEWER a newer release wrote the ledger: replace this process by it')
    end
    doubts = string.sub(entry, 15, 14 + 2 * count)
    records = string.sub(entry, 15 + 2 * count)
  end
  if heldUntil > nowMs and holder ~= ARGV[1] then
    answer[#answer + 1] = 0
  else
    -- Each segment once. A set, since a profile may be in thousands of segments.
    local noted, known = {}, {}
    for _, segments in ipairs({doubts, ARGV[index + 1]}) do
      for at = 1, #segments, 2 do
        local segment = string.sub(segments, at, at + 1)
        if not known[segment] then
          known[segment] = true
          noted[#noted + 1] = segment
        end
      end
    end
    -- More segments than a dictionary holds: nobody settles any more.
    if #noted > 4000 then
      answer[#answer + 1] = 0
    else
      redis.call('HSET', KEYS[1], key, claim .. struct.pack('>I2', #noted) .. table.concat(noted) .. records)
      answer[#answer + 1] = {redis.call('HGET', KEYS[2], key), entry}
    end
  end
end
return answer
