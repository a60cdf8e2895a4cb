import { bookField, type Bucket, type RowOutcome } from '@segue/runtime'
import type { Ports } from '@segue/runtime'
import type { Operation } from './operations.ts'
import { dataflows, keys, outcomes, pick, solution, sorted, type Place } from './place.ts'

export async function commit(
  ports: Ports,
  place: Place,
  { partition, picks, odd }: Operation,
): Promise<unknown> {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = picks
  const { segments } = await ports.store.open(partition)
  const stale = odd && first % 3 === 0
  const moved = odd && first % 3 === 1
  const outdated = odd && first % 3 === 2
  const dataflow = pick(dataflows, third)!
  const outcome = await ports.store.commit(partition, {
    owner: (stale ? place.nonces[0] : place.nonces.at(-1)) ?? 'none',
    expectedOffset: `${place.commits + (moved ? 1 : 0)}-0`,
    offset: `${place.commits + 1}-0`,
    dataflowsVersion: outdated ? 0 : await ports.dataflows.version(),
    profiles: [first, second].map((number) => ({
      profileKey: pick(keys, number)!,
      packed: number > 7 ? undefined : Buffer.alloc(number, number),
    })),
    timers: [second, third].map((number) => ({
      profileKey: pick(keys, number)!,
      // Long ago, never, or far ahead, so that no clock matters.
      dueMs: number > 9 ? 4_102_444_800_000 + number : number > 6 ? 0 : number * 100,
    })),
    newSegments: fourth > 8 ? [`ups:${segments.length}`] : [],
    firstSegment: segments.length,
    outbox:
      fifth > 3
        ? [{ dataflow, dueMs: (fifth % 2) * 1_000, chunk: Buffer.alloc(4, fourth), rows: 4 }]
        : [],
    counters: new Map([
      ['steppedBytes', first],
      ['outboxRows', fifth > 3 ? 4 : 0],
    ]),
    books: new Map([[bookField(dataflow, solution, 'pending'), second - 3]]),
  })
  if (outcome.status === 'committed') {
    place.commits += 1
    place.buckets.push(...outcome.opened)
  }
  return outcome
}

export async function plan(
  ports: Ports,
  place: Place,
  bucket: Bucket,
  { partition, picks, odd }: Operation,
): Promise<unknown> {
  if (!odd) await ports.outbox.seal(partition, bucket)
  const ranges = picks.slice(2, 4).map((number, from) => ({
    bucket,
    solution,
    from,
    to: from,
    progress: pick(['00', '01', '10', '11', '11'], number)!,
  }))
  place.ranges.push(...ranges)
  const oldestMs = new Map(picks[4]! > 5 ? [[solution, picks[4]!]] : [])
  const bound = { heldRowsMax: picks[5]! % 2, oldestMs }
  return sorted(await ports.outbox.plan(partition, bucket, 4, ranges, bound))
}

export async function settle(
  ports: Ports,
  place: Place,
  { partition, picks, odd }: Operation,
): Promise<unknown> {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = picks
  const profileKey = pick(keys, second)!
  const range = pick(place.ranges, third)
  const row: RowOutcome = {
    row: fourth % 2,
    profileKey: fifth > 5 ? profileKey : 'coalesced-without-claim',
    outcome: pick(outcomes, fifth)!,
  }
  const entry = Buffer.alloc(14)
  entry.writeUInt16BE(0, 12)
  return ports.ledger.settle(partition, {
    dataflow: 'f',
    solution,
    token: Buffer.alloc(6, (first % 2) + 1),
    entries: [{ profileKey, entry: odd ? undefined : entry }],
    rows: range ? [{ range, outcomes: [row] }] : [],
    resent: second % 3 === 0 ? [profileKey] : [],
    deadLetters:
      fourth % 4 === 3
        ? [{ profileKey, segment: first, code: 'Y', detail: '', atMs: fourth, attempts: second }]
        : [],
  })
}
