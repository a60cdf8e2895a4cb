import { parseProfileUpdate, partitionOf, type ProfileUpdate } from '@segue/model'
import { updateRecord } from '@segue/profile'
import { packBatch, type Ports } from '@segue/runtime'
import type { SentUpdate, Truth } from '../check/truth.ts'

/** Takes updates as the gateway does: parsed, a record batch a partition, answered when all of it is in the logs. */
export type Gateway = (updates: readonly SentUpdate[]) => Promise<202 | 503>

/**
 * @param answersFirst a mutation: the answer does not wait for the logs
 */
export function createGateway(
  ports: Ports,
  partitions: number,
  truth: Truth,
  answersFirst: boolean,
): Gateway {
  return async (updates) => {
    const appends = batches(ports, partitions, updates).map(({ partition, sent, parsed }) => {
      const segments: string[] = []
      const records = parsed.map((update) =>
        updateRecord(update, (segment) => {
          if (!segments.includes(segment)) segments.push(segment)
          return segments.indexOf(segment)
        }),
      )
      const payload = packBatch({ segments, records })
      truth.packed(payload, sent)
      return { partition, payload, records: records.length }
    })
    const appending = ports.log.append(appends).catch((error: unknown) => [error])
    if (answersFirst) return 202
    const outcomes = await appending
    return outcomes.every((outcome) => outcome === 'appended') ? 202 : 503
  }
}

function batches(ports: Ports, partitions: number, updates: readonly SentUpdate[]) {
  const found = new Map<
    number,
    { readonly partition: number; readonly sent: SentUpdate[]; readonly parsed: ProfileUpdate[] }
  >()
  for (const one of updates) {
    const result = parseProfileUpdate(one.raw, ports.clock.nowMs())
    if (!result.ok) throw new Error(`a simulated update is refused: ${result.code}`)
    const partition = partitionOf(result.update.profileKey, partitions)
    const batch = found.get(partition) ?? { partition, sent: [], parsed: [] }
    found.set(partition, batch)
    batch.sent.push(one)
    batch.parsed.push(result.update)
  }
  return [...found.values()]
}
