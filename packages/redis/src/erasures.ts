import { randomBytes } from 'node:crypto'
import {
  bucketName,
  erasureKeptMs,
  erasuresLimit,
  packFiller,
  packr,
  tombstoneKeptMs,
  tombstonesLimit,
  type Erasure,
  type Erasures,
} from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import { partitionKeys, saltKey } from './keys.ts'
import { ledgerNames } from './ledger-names.ts'
import { asArray, asBuffer, asNumber, asText } from './reply.ts'
import { loadScript } from './script.ts'
import { storedEntries } from './stored-entries.ts'
import { timeAt } from './time-at.ts'

const requestScript = loadScript('erase-request')
const leavingScript = loadScript('erase-leaving')
const acknowledgedScript = loadScript('erase-acknowledged')
const sweepScript = loadScript('erase-sweep', 'forget')
const finishScript = loadScript('erase-finish')
const replaceScript = loadScript('replace-chunk')

const saltBytes = 32
/** Redis' own default of `stream-node-max-bytes`, where it does not tell. */
const streamNodeBytes = 4_096

/** Requests to erase profiles in Redis: a hash each, in the slot of the profile's partition. */
export function redisErasures(redis: RedisConnection, sandbox: string): Erasures {
  const requestKey = (partition: number, id: string): string =>
    partitionKeys(sandbox, partition).erasure + id
  const read = async (partition: number, id: string): Promise<Erasure | undefined> => {
    const flat = asArray(await redis.callBuffer('HGETALL', [requestKey(partition, id)]))
    return flat.length === 0 ? undefined : erasureOf(id, flat)
  }
  return {
    salt: async () => {
      await redis.setnx(saltKey(sandbox), randomBytes(saltBytes))
      return asBuffer(await redis.callBuffer('GET', [saltKey(sandbox)]))
    },
    request: async (partition, { id, hash, profileKey, requestedBy, payload }) => {
      const { log, counters, erasing, erasures, tombstones, erasure } = partitionKeys(
        sandbox,
        partition,
      )
      const [begun, known] = asArray(
        await requestScript.run(
          redis,
          [log, counters, erasing, erasures, tombstones, erasure + id],
          [
            id,
            hash,
            profileKey,
            requestedBy,
            payload,
            tombstonesLimit,
            erasuresLimit,
            tombstoneKeptMs,
            erasureKeptMs,
          ],
        ),
      )
      if (known === undefined) return { status: 'full' }
      return { status: begun === 1 ? 'begun' : 'under-way', id: asText(known) }
    },
    get: read,
    list: async (partition, beforeMs, limit) => {
      const { erasures } = partitionKeys(sandbox, partition)
      const ids = await redis.zrevrangebyscore(erasures, `(${beforeMs}`, '-inf', 'LIMIT', 0, limit)
      const found = await Promise.all(ids.map((id) => read(partition, id)))
      return found.filter((one) => one !== undefined)
    },
    unfinished: (partition) => redis.hvals(partitionKeys(sandbox, partition).erasing),
    leaving: async (partition, id, others) => {
      await leavingScript.run(redis, [requestKey(partition, id)], [packr.pack(others)])
    },
    waiting: async (partition, id, waitingFor) => {
      await redis.hset(requestKey(partition, id), 'waitingFor', JSON.stringify(waitingFor))
    },
    acknowledged: async (partition, id, payload) => {
      const { log, counters } = partitionKeys(sandbox, partition)
      await acknowledgedScript.run(
        redis,
        [log, counters, requestKey(partition, id)],
        [payload, packFiller(await blockBytes(redis))],
      )
    },
    tombstones: async (partition) => {
      const { tombstones } = partitionKeys(sandbox, partition)
      const [seconds] = await timeAt(redis, tombstones)
      const fromMs = Number(seconds) * 1_000 - tombstoneKeptMs
      const flat = await redis.zrangebyscore(tombstones, fromMs, '+inf', 'WITHSCORES')
      return Array.from({ length: flat.length / 2 }, (_, index) => ({
        hash: flat[index * 2] ?? '',
        erasedMs: Number(flat[index * 2 + 1]),
      }))
    },
    ledgers: async (partition) =>
      (await ledgerNames(redis, sandbox, partition)).map((name) => {
        const [dataflow = '', solution = ''] = name.split(':')
        return { dataflow, solution }
      }),
    replaceChunk: async (partition, bucket, position, before, chunk) => {
      const list = partitionKeys(sandbox, partition).outbox + bucketName(bucket)
      return (await replaceScript.run(redis, [list], [position, before, chunk])) === 1
    },
    scrubbed: async (partition, id, rows) => {
      await redis.hincrby(requestKey(partition, id), 'outboxRows', rows)
    },
    sweep: async (partition, id) => {
      const keys = partitionKeys(sandbox, partition)
      const { profiles, timers, segments, ledgers, letters } = keys
      await sweepScript.run(
        redis,
        [profiles, timers, segments, keys.erasure + id, ledgers, letters],
        await ledgerNames(redis, sandbox, partition),
      )
    },
    everything: (partition, id) =>
      storedEntries(redis, sandbox, partition, requestKey(partition, id)),
    finish: async (partition, id, proof) => {
      const { erasing } = partitionKeys(sandbox, partition)
      await finishScript.run(
        redis,
        [requestKey(partition, id), erasing],
        [JSON.stringify(proof), erasureKeptMs],
      )
    },
  }
}

/** Bytes of an entry behind which a stream begins a new block. */
async function blockBytes(redis: RedisConnection): Promise<number> {
  try {
    const [, bytes] = asArray(await redis.callBuffer('CONFIG', ['GET', 'stream-node-max-bytes']))
    return Math.max(asNumber(bytes), streamNodeBytes)
  } catch {
    // Hosted servers often refuse CONFIG.
    return streamNodeBytes
  }
}

function erasureOf(id: string, flat: readonly unknown[]): Erasure {
  const fields = new Map<string, Buffer>()
  for (let at = 0; at < flat.length; at += 2) fields.set(asText(flat[at]), asBuffer(flat[at + 1]))
  const text = (name: string): string => fields.get(name)?.toString() ?? ''
  const number = (name: string): number => Number(text(name) || '0')
  const packedOthers = fields.get('others')
  const others: string[] = packedOthers === undefined ? [] : packr.unpack(packedOthers)
  return {
    id,
    hash: text('hash'),
    requestedBy: text('requestedBy'),
    requestedMs: number('requestedMs'),
    ...(fields.has('leavingMs') ? { leavingMs: number('leavingMs') } : {}),
    ...(fields.has('acknowledgedMs') ? { acknowledgedMs: number('acknowledgedMs') } : {}),
    ...(fields.has('deletedMs') ? { deletedMs: number('deletedMs') } : {}),
    ...(fields.has('doneMs') ? { doneMs: number('doneMs') } : {}),
    ...(fields.has('key') ? { profileKey: text('key') } : {}),
    ...(packedOthers === undefined ? {} : { others }),
    ...(fields.has('barrier') ? { barrier: text('barrier') } : {}),
    waitingFor: fields.has('waitingFor') ? JSON.parse(text('waitingFor')) : [],
    deleted: {
      ledgerEntries: number('ledgerEntries'),
      deadLetters: number('deadLetters'),
      outboxRows: number('outboxRows'),
    },
    ...(fields.has('proof') ? { proof: JSON.parse(text('proof')) } : {}),
  }
}
