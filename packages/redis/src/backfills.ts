import {
  bookField,
  logStart,
  type BackfillPlace,
  type BackfillProgress,
  type Backfills,
  type ScannedPart,
} from '@segue/runtime'
import type { Redis } from 'ioredis'
import { openName, parseBucketName } from './bucket-name.ts'
import { partitionKeys } from './keys.ts'
import { asArray, asBuffer, asNumber, asText } from './reply.ts'
import { loadScript } from './script.ts'

const openScript = loadScript('backfill-open')
const pageScript = loadScript('backfill-page')
const pruneScript = loadScript('backfill-prune')
const scanScript = loadScript('scan')

/** Comparisons of state and ledger in Redis. Progress is JSON, and compared as it is written. */
export function redisBackfills(redis: Redis, sandbox: string): Backfills {
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
    advance: async (partition, place, before, after, rows) => {
      const keys = partitionKeys(sandbox, partition)
      const { dataflow, order, solution } = place
      const { dueMs = 0, chunks = [], count = 0, outboxRowsMax = 0 } = rows ?? {}
      const open = openName({ dataflow, dueMs })
      const ending = `|${order}|${solution}`
      const [advanced, answer] = asArray(
        await pageScript.run(
          redis,
          [keys.backfills, keys.sealed, keys.counters, keys.books, keys.outbox],
          [
            fieldOf(place),
            before === undefined ? '' : JSON.stringify(before),
            JSON.stringify(after),
            count,
            outboxRowsMax,
            open,
            ending,
            bookField(dataflow, solution, 'received'),
            bookField(dataflow, solution, 'pending'),
            ...chunks,
          ],
        ),
      )
      if (advanced !== 1) return { status: asText(answer) === 'full' ? 'full' : 'moved' }
      const generation = asNumber(answer)
      const bucket =
        generation === 0 ? undefined : parseBucketName(`${open}|${generation}${ending}`)
      return { status: 'advanced', bucket }
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
