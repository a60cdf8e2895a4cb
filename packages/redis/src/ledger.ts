import {
  bucketName,
  rangeName,
  bookField,
  deadLettersLimit,
  packr,
  type Claimed,
  type DeadLetter,
  type Ledger,
  type RunPeriods,
  type Settlement,
} from '@segue/runtime'
import { backlogFields } from './backlogs.ts'
import type { RedisConnection } from './connection.ts'
import { partitionKeys } from './keys.ts'
import { asArray, asBuffer, asNumber, asOptionalBuffer, asText } from './reply.ts'
import type { Replication } from './replication.ts'
import { loadScript } from './script.ts'

const claimScript = loadScript('claim')
const renewScript = loadScript('renew')
const settleScript = loadScript('settle', 'bookkeeping', 'backlog')

/**
 * What solutions were told, in Redis.
 *
 * @param replication absent: no replica is waited for
 */
export function redisLedger(
  redis: RedisConnection,
  sandbox: string,
  runs: RunPeriods,
  replication?: Replication,
): Ledger {
  return {
    claim: async (partition, dataflow, solution, token, leaseMs, claims) => {
      if (claims.length === 0) return []
      const keys = partitionKeys(sandbox, partition)
      const call = [
        [keys.ledger(dataflow, solution), keys.profiles],
        [token, leaseMs, ...claims.flatMap((claim) => [claim.profileKey, doubts(claim.segments)])],
      ] as const
      // Waited for before anything is sent: a failover then forgets no doubt.
      const [reply] =
        replication === undefined
          ? [await claimScript.run(redis, ...call)]
          : await replication.run([claimScript.call(...call)])
      if (reply instanceof Error) throw reply
      return asArray(reply).map(claimed)
    },
    renew: async (partition, dataflow, solution, token, leaseMs, profileKeys) => {
      if (profileKeys.length === 0) return 0
      const ledger = partitionKeys(sandbox, partition).ledger(dataflow, solution)
      return asNumber(await renewScript.run(redis, [ledger], [token, leaseMs, ...profileKeys]))
    },
    settle: async (partition, settlement) => {
      const keys = partitionKeys(sandbox, partition)
      const { dataflow, solution } = settlement
      const reply = await settleScript.run(
        redis,
        [
          keys.ledger(dataflow, solution),
          keys.books,
          keys.counters,
          keys.sealed,
          keys.deadLetters(dataflow, solution),
          keys.plan,
          keys.outbox,
          keys.run,
          keys.runs,
          keys.backlog,
        ],
        settleArguments(settlement, runs),
      )
      return asArray(reply).map(asText)
    },
    entries: async (partition, dataflow, solution, profileKeys) => {
      if (profileKeys.length === 0) return []
      const ledger = partitionKeys(sandbox, partition).ledger(dataflow, solution)
      return asArray(await redis.callBuffer('HMGET', [ledger, ...profileKeys])).map(
        asOptionalBuffer,
      )
    },
    scan: async (partition, dataflow, solution, cursor, count) => {
      const key = partitionKeys(sandbox, partition).ledger(dataflow, solution)
      const reply = await redis.callBuffer('HSCAN', [key, cursor, 'COUNT', count])
      const [next, flat] = asArray(reply)
      const fields = asArray(flat)
      const entries = []
      for (let at = 0; at + 1 < fields.length; at += 2) {
        entries.push({ profileKey: asText(fields[at]), entry: asBuffer(fields[at + 1]) })
      }
      return { cursor: asText(next), entries }
    },
    deadLetters: async (partition, dataflow, solution, limit) => {
      const key = partitionKeys(sandbox, partition).deadLetters(dataflow, solution)
      const letters: DeadLetter[] = []
      let cursor = '0'
      do {
        const [next, flat] = asArray(await redis.callBuffer('HSCAN', [key, cursor, 'COUNT', 100]))
        cursor = asText(next)
        for (const [index, value] of asArray(flat).entries()) {
          if (index % 2 === 1 && letters.length < limit) letters.push(deadLetter(asBuffer(value)))
        }
      } while (cursor !== '0' && letters.length < limit)
      return letters
    },
    deadLettersOf: async (partition, dataflow, solution, profileKey, segments) => {
      if (segments.length === 0) return []
      const key = partitionKeys(sandbox, partition).deadLetters(dataflow, solution)
      const fields = segments.map((segment) => letterField(segment, profileKey))
      const packed = await redis.hmgetBuffer(key, ...fields)
      return packed.map((letter) => (letter === null ? undefined : deadLetter(letter)))
    },
    forget: async (partition, dataflow, solution) => {
      const keys = partitionKeys(sandbox, partition)
      await redis.unlink(keys.ledger(dataflow, solution), keys.deadLetters(dataflow, solution))
      const prefix = bookField(dataflow, solution, '')
      const fields = (await redis.hkeys(keys.books)).filter((field) => field.startsWith(prefix))
      if (fields.length > 0) await redis.hdel(keys.books, ...fields)
      await redis.hdel(keys.backlog, ...backlogFields(dataflow, solution))
    },
    deadLetterCount: (partition, dataflow, solution) =>
      redis.hlen(partitionKeys(sandbox, partition).deadLetters(dataflow, solution)),
  }
}

function doubts(segments: readonly number[]): Buffer {
  const packed = Buffer.alloc(segments.length * 2)
  for (const [index, segment] of segments.entries()) packed.writeUInt16BE(segment, index * 2)
  return packed
}

function claimed(reply: unknown): Claimed {
  if (reply === 0) return { status: 'busy' }
  const [profile, entry] = asArray(reply)
  return { status: 'claimed', profile: asOptionalBuffer(profile), entry: asOptionalBuffer(entry) }
}

function settleArguments(
  { dataflow, solution, token, entries, rows, resent, deadLetters }: Settlement,
  runs: RunPeriods,
): (string | number | Uint8Array)[] {
  const args: (string | number | Uint8Array)[] = [
    token,
    deadLettersLimit,
    entries.length,
    rows.length,
    deadLetters.length,
    bookField(dataflow, solution, 'resent'),
    resent.length,
    runs.lengthMs,
    runs.keptMs,
  ]
  for (const { profileKey, entry } of entries) args.push(profileKey, entry ?? '')
  args.push(...resent)
  for (const { range, outcomes } of rows) {
    args.push(
      bucketName(range.bucket),
      rangeName(range),
      bookField(dataflow, solution, 'pending'),
      outcomes.length,
    )
    for (const { row, profileKey, outcome } of outcomes) {
      args.push(row, bookField(dataflow, solution, outcome), profileKey)
    }
  }
  for (const letter of deadLetters) {
    const { profileKey, segment } = letter
    args.push(profileKey, letterField(segment, profileKey), packr.pack(letter))
  }
  return args
}

function letterField(segment: number, profileKey: string): string {
  return `${segment}|${profileKey}`
}

function deadLetter(packed: Buffer): DeadLetter {
  const letter: DeadLetter = packr.unpack(packed)
  return letter
}
