import {
  array,
  assert,
  asyncProperty,
  boolean,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  record,
} from 'fast-check'
import type { Arbitrary } from 'fast-check'
import { expect, test } from 'vitest'
import { refusal, retryRow } from '@segue/solution-kit'
import type { Delivery } from '@segue/solution-kit'
import { memoryBucket } from './memory-bucket.ts'
import { pairsIn } from './sync-lines.ts'
import { parseSyncFileKey, receiptKey } from './sync-file-name.ts'
import { fileWorld, row } from './test-file-world.ts'

const hourMs = 3_600_000
const people = 4
const sids = ['24', '28']

/** One thing that happens: numbers choose among what is there. */
type Step =
  | {
      readonly kind: 'deliver'
      readonly changes: readonly Change[]
      readonly fault: 'no' | 'lost' | 'kept'
    }
  | { readonly kind: 'process'; readonly picks: readonly number[] }
  | { readonly kind: 'advance'; readonly minutes: number }
  | { readonly kind: 'follow' }
  | { readonly kind: 'restart' }

interface Change {
  readonly person: number
  readonly sid: number
  readonly realized: boolean
}

const change: Arbitrary<Change> = record({
  person: nat({ max: people - 1 }),
  sid: nat({ max: sids.length - 1 }),
  realized: boolean(),
})
const deliver: Arbitrary<Step> = record({
  kind: constant('deliver'),
  changes: array(change, { minLength: 1, maxLength: 3 }),
  fault: constantFrom('no', 'no', 'no', 'lost', 'kept'),
})
const processed: Arbitrary<Step> = record({
  kind: constant('process'),
  picks: array(nat({ max: 20 }), { minLength: 1, maxLength: 3 }),
})
const advanced: Arbitrary<Step> = record({
  kind: constant('advance'),
  minutes: integer({ min: 0, max: 1_800 }),
})
const plain: Arbitrary<Step> = record({ kind: constantFrom('follow', 'follow', 'restart') })
const step: Arbitrary<Step> = oneof(
  { weight: 4, arbitrary: deliver },
  { weight: 4, arbitrary: processed },
  { weight: 2, arbitrary: advanced },
  { weight: 3, arbitrary: plain },
)

/** Audience Manager: applies files in the order in which it is told, each within 48 hours, and writes receipts or not. */
function farEnd(receipts: 'json' | 'none') {
  const bucket = memoryBucket()
  const held = new Set<string>()
  const done = new Set<string>()
  const waiting = () =>
    [...bucket.objects.keys()].filter((key) => key.endsWith('.sync.gz') && !done.has(key))
  const process = (key: string): void => {
    done.add(key)
    for (const { id, sid, status } of pairsIn(Buffer.from(bucket.text(key)))) {
      if (status === 'realized') held.add(`${id}/${sid}`)
      else held.delete(`${id}/${sid}`)
    }
    if (receipts === 'json') bucket.process(receiptKey(key))
  }
  /** Time passes; what has waited for 48 hours is processed meanwhile, in an order that does not follow their age. */
  const advance = (ms: number): void => {
    const untilMs = bucket.nowMs + ms
    const due = waiting().filter((key) => secondOf(key) * 1000 + 48 * hourMs <= untilMs)
    for (const key of due.toReversed()) {
      bucket.nowMs = Math.max(bucket.nowMs, secondOf(key) * 1000 + 48 * hourMs - 1_000)
      process(key)
    }
    bucket.nowMs = Math.max(bucket.nowMs, untilMs)
  }
  return { bucket, held, waiting, process, advance }
}

function secondOf(key: string): number {
  return parseSyncFileKey(key)?.unixSeconds ?? 0
}

const idOf = (person: number) => `${person}`.padStart(38, '4')

/** The engine and the far end over one schedule. */
function run(receipts: 'json' | 'none') {
  const far = farEnd(receipts)
  let world = fileWorld({ receipts }, far.bucket)
  let revisionMs = 0
  /** The newest state of each pair. */
  const truth = new Map<string, Delivery>()
  /** What the engine still has to deliver, with current state. */
  const open = new Set<string>()
  /** Accepted rows by what they are followed with. */
  const accepted = new Map<string, Map<string, Delivery>>()

  async function deliverOpen(): Promise<void> {
    const pairs = [...open]
    const rows = pairs.flatMap((pair) => truth.get(pair) ?? [])
    const answers = await world.deliver(rows)
    for (const [index, pair] of pairs.entries()) {
      const answer = answers[index]
      const sent = rows[index]
      if (answer?.status !== 'delivered' || sent === undefined) continue
      open.delete(pair)
      for (const rowsOf of accepted.values()) rowsOf.delete(pair)
      const token = answer.follow ?? ''
      accepted.set(token, (accepted.get(token) ?? new Map<string, Delivery>()).set(pair, sent))
    }
  }

  async function follow(): Promise<void> {
    for (const [token, rows] of accepted) {
      const answer = await world.follow(token)
      if (answer.status !== 'applied') continue
      accepted.delete(token)
      // Applied is the last word: nothing that is still to be processed can undo it, but newer states on their way.
      const settled = [...rows].filter(([pair]) => !open.has(pair))
      const undone = settled.filter(([pair, { status }]) =>
        far.waiting().some((key) => saysOtherwise(key, pair, status)),
      )
      expect(undone).toEqual([])
      for (const [pair, { status }] of settled)
        expect([pair, far.held.has(pair)]).toEqual([pair, status === 'realized'])
    }
  }

  function saysOtherwise(key: string, pair: string, status: Delivery['status']): boolean {
    for (const one of pairsIn(Buffer.from(far.bucket.text(key)))) {
      if (`${one.id}/${one.sid}` === pair && one.status !== status) return true
    }
    return false
  }

  async function take(next: Step): Promise<void> {
    switch (next.kind) {
      case 'deliver': {
        for (const { person, sid, realized } of next.changes) {
          revisionMs += 1
          const remoteId = sids[sid] ?? ''
          const pair = `${idOf(person)}/${remoteId}`
          const status = realized ? 'realized' : 'exited'
          truth.set(pair, row([`ECID:${idOf(person)}`], { remoteId, status, revisionMs }))
          open.add(pair)
        }
        if (next.fault !== 'no') {
          const because = refusal('TIMED_OUT', retryRow(1_000, true))
          far.bucket.putFaults.push({ how: next.fault, refusal: because })
        }
        return deliverOpen()
      }
      case 'process':
        for (const pick of next.picks) {
          const waiting = far.waiting()
          const key = waiting[pick % Math.max(1, waiting.length)]
          if (key !== undefined) far.process(key)
        }
        return undefined
      case 'advance':
        far.advance(next.minutes * 60_000)
        return undefined
      case 'follow':
        return follow()
      case 'restart':
        world = world.restarted()
        return undefined
    }
  }

  /** Input ends; what is left is delivered, processed and followed to its end. */
  async function finish(): Promise<void> {
    for (let round = 0; open.size > 0 || accepted.size > 0; round += 1) {
      expect(round).toBeLessThan(20)
      far.bucket.putFaults.length = 0
      if (open.size > 0) await deliverOpen()
      far.advance(49 * hourMs)
      await follow()
    }
    for (const key of far.waiting()) far.process(key)
  }

  const expected = () =>
    [...truth].flatMap(([pair, { status }]) => (status === 'realized' ? [pair] : [])).toSorted()
  return { take, finish, held: () => [...far.held].toSorted(), expected }
}

test.each(['json', 'none'] as const)(
  'whatever order files are processed in, the newest states are what is left (receipts: %s)',
  async (receipts) => {
    await assert(
      asyncProperty(array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const { take, finish, held, expected } = run(receipts)
        for (const next of steps) await take(next)
        await finish()
        expect(held()).toEqual(expected())
      }),
      { seed: 20261123, numRuns: 150 },
    )
  },
)
