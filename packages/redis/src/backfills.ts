import {
  openName,
  parseBucketName,
  bookField,
  logStart,
  type BackfillPlace,
  type BackfillProgress,
  type Backfills,
  type RunPeriods,
  type ScannedPart,
} from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import { partitionKeys } from './keys.ts'
import { asArray, asBuffer, asNumber, asText } from './reply.ts'
import { loadScript } from './script.ts'

const openScript = loadScript('backfill-open')
const pageScript = loadScript('backfill-page', 'bookkeeping')
const pruneScript = loadScript('backfill-prune')
const scanScript = loadScript('scan')

/** Comparisons of state and ledger in Redis. Progress is JSON, and compared as it is written. */
export function redisBackfills(
  redis: RedisConnection,
  sandbox: string,
  runs: RunPeriods,
): Backfills {
  const scan = async (key: string, cursor: string, count: number): Promise<ScannedPart> => {
    const [runId, next, flat] = asArray(await scanScript.run(redis, [key], [cursor, count]))
    const fields = asArray(flat)
    return {
      runId: asText(runId),
      cursor: asText(next),
      found: Array.from({ length: fields.length / 2 }, (_, index) => ({
        profileKey: asText(fields[index * 2]),
        packed: asBuffer(fields[index * 2 + 1]),
      })),
    }
  }
  return {
    open: async (partition, place, dataflowsVersion) => {
      const keys = partitionKeys(sandbox, partition)
      const ledger = keys.ledger(place.dataflow, place.solution)
      const [json, offset, profiles, told] = asArray(
        await openScript.run(
          redis,
          [keys.dataflows, keys.backfills, keys.offset, keys.profiles, ledger],
          [dataflowsVersion, fieldOf(place)],
        ),
      )
      return {
        progress: json === null ? undefined : progressOf(asText(json)),
        offset: offset === null ? logStart : asText(offset),
        profiles: asNumber(profiles),
        told: asNumber(told),
      }
    },
    scanProfiles: (partition, cursor, count) =>
      scan(partitionKeys(sandbox, partition).profiles, cursor, count),
    scanLedger: (partition, dataflow, solution, cursor, count) =>
      scan(partitionKeys(sandbox, partition).ledger(dataflow, solution), cursor, count),
    advance: async (partition, place, before, after, rows, outboxRowsMax) => {
      const keys = partitionKeys(sandbox, partition)
      const { dataflow, order, solution } = place
      const [advanced, ...answer] = asArray(
        await pageScript.run(
          redis,
          [
            keys.backfills,
            keys.sealed,
            keys.counters,
            keys.books,
            keys.outbox,
            keys.run,
            keys.runs,
          ],
          [
            fieldOf(place),
            before === undefined ? '' : JSON.stringify(before),
            JSON.stringify(after),
            rows.reduce((sum, { count }) => sum + count, 0),
            outboxRowsMax,
            `|${order}|${solution}`,
            bookField(dataflow, solution, 'received'),
            bookField(dataflow, solution, 'pending'),
            runs.lengthMs,
            runs.keptMs,
            ...rows.flatMap(({ dueMs, chunks }) => [
              openName({ dataflow, dueMs }),
              chunks.length,
              ...chunks,
            ]),
          ],
        ),
      )
      const names = answer.map(asText)
      if (advanced !== 1) return { status: names[0] === 'full' ? 'full' : 'moved' }
      return { status: 'advanced', buckets: names.map(parseBucketName) }
    },
    all: async (partition) =>
      Object.entries(await redis.hgetall(partitionKeys(sandbox, partition).backfills)).map(
        ([field, json]) => ({ place: placeOf(field), progress: progressOf(json) }),
      ),
    prune: async (partition, keep, dataflowsVersion) => {
      const keys = partitionKeys(sandbox, partition)
      const args = [dataflowsVersion, ...keep.map(fieldOf)]
      await pruneScript.run(redis, [keys.dataflows, keys.backfills], args)
    },
  }
}

function fieldOf({ dataflow, order, solution }: BackfillPlace): string {
  return `${dataflow}|${order}|${solution}`
}

function placeOf(field: string): BackfillPlace {
  const [dataflow = '', order = '', solution = ''] = field.split('|')
  return { dataflow, order, solution }
}

function progressOf(json: string): BackfillProgress {
  const progress: BackfillProgress = JSON.parse(json)
  return progress
}
