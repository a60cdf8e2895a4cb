import { logStart, unpackEntry } from '@segue/runtime'
import type { Ports } from '@segue/runtime'
import type { Subject } from '@segue/runtime/testing'
import type { Operation } from './operations.ts'
import { dataflows, keys, pick, solution, sorted, type Place } from './place.ts'
import { commit, plan, settle } from './writes.ts'

/** Performs operations on a subject. @returns their answers, the same for stores that do the same */
export async function perform(subject: Subject, all: readonly Operation[]): Promise<unknown[]> {
  const places = new Map<number, Place>()
  const answers: unknown[] = []
  for (const operation of all) {
    const { partition } = operation
    const place = places.get(partition) ?? {
      nonces: [],
      ids: [],
      commits: 0,
      buckets: [],
      ranges: [],
    }
    places.set(partition, place)
    answers.push([
      operation.kind,
      await performOne(subject.ports(operation.worker), place, operation),
    ])
  }
  return answers
}

async function performOne(ports: Ports, place: Place, operation: Operation): Promise<unknown> {
  const { partition, kind, picks, odd } = operation
  const [first = 0, second = 0, third = 0] = picks
  const bucket = pick(place.buckets, first)
  const range = pick(place.ranges, first)
  switch (kind) {
    case 'renew':
      return (await ports.ownership.renew()).workers.map(({ name, state }) => [name, state])
    case 'leave':
      return ports.ownership.leave()
    case 'take': {
      const nonce = await ports.ownership.take(partition)
      if (nonce !== undefined) place.nonces.push(nonce)
      return nonce !== undefined
    }
    case 'release':
      return ports.ownership.release(
        partition,
        (odd ? place.nonces[0] : place.nonces.at(-1)) ?? 'none',
      )
    case 'owners':
      return ports.ownership.owners()
    case 'append':
      return ports.log.append(
        picks
          .slice(0, 2)
          .map((size) => ({ partition, payload: Buffer.alloc(size, size), records: size })),
        odd ? undefined : { logBytesMax: 60, outboxRowsMax: 8 },
      )
    case 'read': {
      const { signal } = new AbortController()
      const afterId = odd ? logStart : (pick(place.ids, second) ?? logStart)
      const options = { maxEntries: first + 1, waitMs: 0, signal }
      const entries = await ports.log.read(partition, afterId, options)
      place.ids = [...new Set([...place.ids, ...entries.map(({ id }) => id)])]
      return entries.map(({ id, payload }) => [place.ids.indexOf(id), Buffer.from(payload)])
    }
    case 'trim':
      return ports.log.trim(partition, pick(place.ids, first) ?? logStart)
    case 'commit':
      return commit(ports, place, operation)
    case 'open':
      return ports.store.open(partition)
    case 'load':
      return ports.store.load(
        partition,
        picks.slice(0, 3).map((number) => pick(keys, number)!),
      )
    case 'due':
      return [
        await ports.store.dueProfiles(partition, first + 1),
        await ports.store.nextDueMs(partition, odd ? 0 : second * 100),
      ]
    case 'numbers':
      return [
        Object.fromEntries(await ports.store.counters(partition)),
        Object.fromEntries(await ports.store.books(partition)),
        (await ports.backlogs.all(partition)).map(({ due, ...held }) =>
          due === undefined ? held : { ...held, due: { ...due, sinceMs: 0 } },
        ),
      ]
    case 'buckets':
      return (await ports.outbox.buckets(partition)).toSorted(
        (one, other) => one.bucket.generation - other.bucket.generation,
      )
    case 'seal':
      return bucket && ports.outbox.seal(partition, bucket)
    case 'chunks':
      return bucket && ports.outbox.chunks(partition, bucket, second % 3, odd ? -1 : third)
    case 'plan':
      return bucket && plan(ports, place, bucket, operation)
    case 'planned':
      return bucket && sorted((await ports.outbox.planned(partition, bucket)) ?? [])
    case 'progress':
      return range && ports.outbox.progress(partition, range)
    case 'claim': {
      const claims = [...new Set(picks.slice(0, 3))].map((number) => ({
        profileKey: pick(keys, number)!,
        segments: picks.slice(3),
      }))
      const token = Buffer.alloc(6, (first % 2) + 1)
      const leaseMs = odd ? 0 : 3_600_000
      const claimed = await ports.ledger.claim(partition, 'f', solution, token, leaseMs, claims)
      return claimed.map((one) =>
        one.status === 'busy' ? one : { ...one, entry: withoutTime(one.entry) },
      )
    }
    case 'settle':
      return settle(ports, place, operation)
    case 'entries':
      return (await ports.ledger.entries(partition, 'f', solution, keys)).map(withoutTime)
    case 'put dataflow':
      return ports.dataflows.put({
        id: pick(dataflows, first)!,
        name: `n${second}`,
        enabled: odd,
        activationDelayMs: 0,
        solutions: [solution],
        segments: {},
      })
    case 'dataflows':
      return [await ports.dataflows.version(), await ports.dataflows.list()]
    case 'dead letters':
      return (await ports.ledger.deadLetters(partition, 'f', solution, 100)).toSorted(
        (one, other) =>
          one.profileKey.localeCompare(other.profileKey) || one.segment - other.segment,
      )
  }
}

/** An entry without the end of its claim, which is a time of the store; with whether there is one. */
function withoutTime(entry: Buffer | undefined): unknown {
  if (entry === undefined) return undefined
  const { claimedUntilMs } = unpackEntry(entry)
  return [claimedUntilMs > 0, entry.subarray(6)]
}
