import {
  openName,
  parseBucketName,
  logStart,
  setAsidesLimit,
  type Bucket,
  type Commit,
  type PartitionStore,
  type RunPeriods,
} from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import { ledgerNames } from './ledger-names.ts'
import { partitionKeys } from './keys.ts'
import { packWrites } from './pack-writes.ts'
import { asArray, asNumber, asNumbers, asOptionalBuffer, asText } from './reply.ts'
import { loadScript } from './script.ts'

const commitScript = loadScript('commit', 'bookkeeping', 'forget')
const dueScript = loadScript('due')

/** State, outbox and offset of partitions in Redis. */
export function redisPartitionStore(
  redis: RedisConnection,
  sandbox: string,
  runs: RunPeriods,
): PartitionStore {
  return {
    open: async (partition) => {
      const keys = partitionKeys(sandbox, partition)
      const [offset, dictionary] = await Promise.all([
        redis.get(keys.offset),
        redis.hgetall(keys.segments),
      ])
      const segments: string[] = []
      for (const [index, segment] of Object.entries(dictionary)) segments[Number(index)] = segment
      return { offset: offset ?? logStart, segments }
    },
    load: async (partition, profileKeys) => {
      if (profileKeys.length === 0) return []
      const { profiles } = partitionKeys(sandbox, partition)
      const reply = await redis.callBuffer('HMGET', [profiles, ...profileKeys])
      return asArray(reply).map(asOptionalBuffer)
    },
    commit: async (partition, commit) => {
      const keys = partitionKeys(sandbox, partition)
      const ledgers =
        (commit.erased ?? []).length === 0 ? [] : await ledgerNames(redis, sandbox, partition)
      const reply = await commitScript.run(
        redis,
        [
          keys.owner,
          keys.offset,
          keys.profiles,
          keys.segments,
          keys.timers,
          keys.open,
          keys.counters,
          keys.books,
          keys.outbox,
          keys.dataflows,
          keys.run,
          keys.runs,
          keys.ledgers,
          keys.letters,
          keys.tombstones,
          keys.erasing,
          keys.erasure,
          keys.setAside,
        ],
        commitArguments(commit, runs, ledgers),
      )
      const [committed, second, ...opened] = asArray(reply)
      if (committed !== 1) return { status: refusalOf(asText(second)) }
      return { status: 'committed', nextDueMs: asNumber(second), opened: openedBuckets(opened) }
    },
    nextDueMs: async (partition, afterMs) => {
      const { timers } = partitionKeys(sandbox, partition)
      const after = [`(${afterMs}`, '+inf', 'WITHSCORES', 'LIMIT', 0, 1]
      const [, dueMs] = asArray(await redis.callBuffer('ZRANGEBYSCORE', [timers, ...after]))
      return dueMs === undefined ? 0 : asNumber(dueMs)
    },
    dueProfiles: async (partition, limit) => {
      const { timers } = partitionKeys(sandbox, partition)
      const flat = asArray(await dueScript.run(redis, [timers], [limit]))
      return Array.from({ length: flat.length / 2 }, (_, index) => ({
        profileKey: asText(flat[index * 2]),
        dueMs: asNumber(flat[index * 2 + 1]),
      }))
    },
    counters: async (partition) =>
      asNumbers(await redis.callBuffer('HGETALL', [partitionKeys(sandbox, partition).counters])),
    books: async (partition) =>
      asNumbers(await redis.callBuffer('HGETALL', [partitionKeys(sandbox, partition).books])),
  }
}

/** Why the script refused. */
function refusalOf(reason: string): 'fenced' | 'moved' | 'outdated' | 'full' {
  if (reason === 'fenced' || reason === 'outdated' || reason === 'full') return reason
  return 'moved'
}

/** Flat arguments for the script: numbers of arguments of each group, then the groups. One array, filled once. */
function commitArguments(
  commit: Commit,
  runs: RunPeriods,
  ledgers: readonly string[],
): (string | number | Uint8Array)[] {
  const args: (string | number | Uint8Array)[] = [
    commit.owner,
    commit.expectedOffset,
    commit.offset,
    commit.dataflowsVersion,
    runs.lengthMs,
    runs.keptMs,
  ]
  const head = args.length
  args.push(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
  const close = (group: number, from: number): void => {
    args[head + group] = args.length - from
  }
  let from = args.length
  // One argument for all: Redis and its client take longer over an argument than over the profile in it.
  const writes = packWrites(commit.profiles)
  if (writes !== undefined) args.push(writes)
  close(0, from)
  from = args.length
  for (const { profileKey, packed } of commit.profiles)
    if (packed === undefined) args.push(profileKey)
  close(1, from)
  from = args.length
  for (const [index, segment] of commit.newSegments.entries()) {
    args.push(commit.firstSegment + index, segment)
  }
  close(2, from)
  from = args.length
  for (const { profileKey, dueMs } of commit.timers) if (dueMs > 0) args.push(dueMs, profileKey)
  close(3, from)
  from = args.length
  for (const { profileKey, dueMs } of commit.timers) if (dueMs === 0) args.push(profileKey)
  close(4, from)
  from = args.length
  for (const [field, number] of commit.counters) if (number !== 0) args.push(field, number)
  close(5, from)
  from = args.length
  for (const [field, number] of commit.books) if (number !== 0) args.push(field, number)
  close(6, from)
  from = args.length
  for (const append of commit.outbox) args.push(openName(append), append.chunk)
  close(7, from)
  from = args.length
  args.push(...ledgers)
  close(8, from)
  from = args.length
  for (const { profileKey, hash, erasedMs } of commit.erased ?? []) {
    args.push(profileKey, hash, erasedMs)
  }
  close(9, from)
  from = args.length
  const setAside = commit.setAside ?? []
  if (setAside.length > 0) args.push(setAsidesLimit)
  for (const { place, packed } of setAside) args.push(place, packed)
  close(10, from)
  return args
}

function openedBuckets(flat: readonly unknown[]): Bucket[] {
  return Array.from({ length: flat.length / 2 }, (_, index) =>
    parseBucketName(`${asText(flat[index * 2])}|${asText(flat[index * 2 + 1])}`),
  )
}
