import { sandboxName } from '@segue/dev'
import { partitionKeys } from '@segue/redis'
import { Redis } from 'ioredis'
import { followProgress, type PartitionSeen, type Progress } from './progress.ts'

/** A look at Redis that is repeated until it is stopped. */
export interface Watch {
  readonly progress: Progress
  readonly stop: () => Promise<void>
}

/** Longer than this without an answer, and Redis counts as away. */
const answerTimeoutMs = 400

/** Owner, offset and last entry of each partition at one moment. It only reads. */
const look = `
local seen = {}
for at = 1, #KEYS, 3 do
  local last = ''
  if redis.call('EXISTS', KEYS[at + 2]) == 1 then
    local stream = redis.call('XINFO', 'STREAM', KEYS[at + 2])
    for field = 1, #stream, 2 do
      if stream[field] == 'last-generated-id' then last = stream[field + 1] end
    end
  end
  seen[#seen + 1] = redis.call('GET', KEYS[at]) or ''
  seen[#seen + 1] = redis.call('GET', KEYS[at + 1]) or ''
  seen[#seen + 1] = last
end
return seen
`

/**
 * Looks at all partitions every `everyMs`, on a connection of its own that comes back by itself.
 */
export function watchRedis(url: string, partitionCount: number, everyMs: number): Watch {
  const progress = followProgress(partitionCount)
  const redis = new Redis(url, {
    connectionName: 'chaos-watch',
    retryStrategy: () => 50,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    commandTimeout: answerTimeoutMs,
  })
  redis.on('error', () => {
    // It is away because it was taken away.
  })
  const keys = Array.from({ length: partitionCount }, (_, partition) => {
    const { owner, offset, log } = partitionKeys(sandboxName, partition)
    return [owner, offset, log]
  }).flat()
  const stopping = new AbortController()
  const once = async (): Promise<void> => {
    try {
      const answer = await redis.eval(look, keys.length, ...keys)
      if (Array.isArray(answer)) progress.see(Date.now(), seenOf(answer.map(String)))
    } catch {
      progress.blind()
    }
  }
  const running = (async () => {
    while (!stopping.signal.aborted) {
      const nextMs = Date.now() + everyMs
      await once()
      await new Promise((wake) => setTimeout(wake, Math.max(0, nextMs - Date.now())))
    }
  })()
  return {
    progress,
    stop: async () => {
      stopping.abort()
      redis.disconnect()
      await running
    },
  }
}

function seenOf(answer: readonly string[]): readonly PartitionSeen[] {
  return Array.from({ length: answer.length / 3 }, (_, partition) => {
    const [owner = '', offset = '', last = ''] = answer.slice(partition * 3, partition * 3 + 3)
    return { owner, offset, last }
  })
}
