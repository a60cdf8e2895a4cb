import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RowOutcome } from '../../ports/ledger.ts'
import type { Range } from '../../ports/outbox.ts'
import type { Ports } from '../../ports/ports.ts'
import { booked, delivery, plannedBucket } from './deliveries.ts'
import type { CreateSubject } from './subject.ts'

const keys = ['p', 'q', 'r', 's']
const outcomes = ['activated', 'coalesced', 'excluded:X', 'failed:Y']
const progress = ['0000', '0100', '00']

/** What one of two deliveries does next. Rows are positions over all ranges. */
const action = fc.oneof(
  fc.record({
    kind: fc.constant('claim' as const),
    token: fc.constantFrom(1, 2),
    keys: fc.subarray(keys, { minLength: 1 }),
    /** A lease of 0 has ended already when the next claim comes. */
    leaseMs: fc.constantFrom(0, 60_000),
  }),
  fc.record({
    kind: fc.constant('settle' as const),
    token: fc.constantFrom(1, 2),
    keys: fc.subarray(keys),
    rows: fc.array(fc.tuple(fc.nat({ max: 9 }), fc.constantFrom(...outcomes)), { maxLength: 6 }),
  }),
)
type Action = typeof action extends fc.Arbitrary<infer One> ? One : never

/** What a ledger should know, said as plainly as possible. */
class Model {
  readonly holders = new Map<string, { readonly token: number; readonly ended: boolean }>()
  readonly rows: (string | undefined)[] = progress
    .join('')
    .split('')
    .map((mark) => (mark === '0' ? undefined : 'not for us'))

  claim(token: number, key: string, leaseMs: number): 'claimed' | 'busy' {
    const holder = this.holders.get(key)
    if (holder !== undefined && holder.token !== token && !holder.ended) return 'busy'
    this.holders.set(key, { token, ended: leaseMs === 0 })
    return 'claimed'
  }

  /** @returns the keys that were lost */
  settle(
    token: number,
    settled: readonly string[],
    rows: readonly (readonly [number, string])[],
  ): string[] {
    const lost = settled.filter((key) => this.holders.get(key)?.token !== token)
    for (const key of settled) if (!lost.includes(key)) this.holders.delete(key)
    for (const [row, outcome] of rows) if (!lost.includes(keyOf(row))) this.rows[row] ??= outcome
    return lost
  }

  count(outcome: string | undefined): number {
    return this.rows.filter((one) => one === outcome).length
  }
}

/** The profile that a row is of. */
function keyOf(row: number): string {
  return keys[row % keys.length]!
}

/** Rows by the ranges that they are in. */
function inRanges(ranges: readonly Range[], rows: readonly (readonly [number, string])[]) {
  let first = 0
  return ranges.map((range, index) => {
    const end = first + progress[index]!.length
    const found: RowOutcome[] = rows
      .filter(([row]) => row >= first && row < end)
      .map(([row, outcome]) => ({ row: row - first, profileKey: keyOf(row), outcome }))
    first = end
    return { range, outcomes: found }
  })
}

/** Does the action to both. @returns what the ledger answered, and what the model says */
async function act(
  ports: Ports,
  ranges: readonly Range[],
  model: Model,
  one: Action,
): Promise<readonly [unknown, unknown]> {
  const { claim, settle } = delivery(ports, one.token)
  if (one.kind === 'settle') {
    const lost = await settle({ keys: one.keys, rows: inRanges(ranges, one.rows) })
    return [lost, model.settle(one.token, one.keys, one.rows)]
  }
  const claimed = await claim(one.keys, { leaseMs: one.leaseMs })
  return [
    claimed.map(({ status }) => status),
    one.keys.map((key) => model.claim(one.token, key, one.leaseMs)),
  ]
}

async function balances(ports: Ports, model: Model): Promise<void> {
  const pending = await booked(ports, 'pending')
  expect(pending).toBe(model.count(undefined))
  let done = 0
  for (const outcome of outcomes) {
    const counted = await booked(ports, outcome)
    expect(counted).toBe(model.count(outcome))
    done += counted
  }
  expect(done + pending).toBe(await booked(ports, 'received'))
}

/** Whatever two deliveries do to the same rows, each row is counted once (design §6, invariant 7). */
export function testLedgerBooks(create: CreateSubject): void {
  describe('books of a ledger', () => {
    test('balance after every step of two deliveries that claim and settle as they like', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 12 }), async (actions) => {
          const ports = (await create()).ports()
          const model = new Model()
          const ranges = await plannedBucket(ports, progress)
          for (const one of actions) {
            const [answer, expected] = await act(ports, ranges, model, one)
            expect(answer).toEqual(expected)
            await balances(ports, model)
          }
          const left = model.rows.flatMap((outcome, row) =>
            outcome === undefined ? [[row, 'activated'] as const] : [],
          )
          await delivery(ports, 3).settle({ rows: inRanges(ranges, left) })
          expect(await booked(ports, 'pending')).toBe(0)
          expect(await ports.outbox.buckets(0)).toEqual([])
          expect((await ports.store.counters(0)).get('outboxRows')).toBe(0)
        }),
        { seed: 20_261_123, numRuns: 40 },
      )
    })
  })
}
