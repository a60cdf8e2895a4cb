-- Stands in front of the scripts that remove what is kept of a profile beside its state: what solutions were told, dead letters.
-- forget(ledger prefix, dead letter prefix, names, profile key, number of segments, before)
--   names: dataflow:solution of every ledger; before: entries whose claim ends later stay.
-- Answers how many ledger entries and dead letters went.
local function forget(ledgers, letters, names, key, segments, before)
  local entriesGone, lettersGone = 0, 0
  for _, name in ipairs(names) do
    local entry = redis.call('HGET', ledgers .. name, key)
    if entry and struct.unpack('>I6', entry) <= before then
      entriesGone = entriesGone + redis.call('HDEL', ledgers .. name, key)
    end
    if redis.call('EXISTS', letters .. name) == 1 then
      for segment = 0, segments - 1 do
        lettersGone = lettersGone + redis.call('HDEL', letters .. name, segment .. '|' .. key)
      end
    end
  end
  return entriesGone, lettersGone
end
