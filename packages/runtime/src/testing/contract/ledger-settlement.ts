import { describe, expect, test } from 'vitest'
import { deadLettersLimit, type DeadLetter, type RowOutcome } from '../../ports/ledger.ts'
import type { Ports } from '../../ports/ports.ts'
import { booked, delivery, place, plannedBucket, toldOf } from './deliveries.ts'
import type { CreateSubject } from './subject.ts'

const activated = (row: number, profileKey: string): RowOutcome => ({
  row,
  profileKey,
  outcome: 'activated',
})
const letter = (profileKey: string, segment: number, detail = ''): DeadLetter => ({
  profileKey,
  segment,
  code: 'GONE',
  detail,
  atMs: 1_795_428_000_000,
  attempts: 5,
})

const byKey = (one: DeadLetter, other: DeadLetter): number =>
  one.profileKey.localeCompare(other.profileKey) || one.segment - other.segment

async function numbersOf(ports: Ports): Promise<Record<string, number>> {
  const outcomes = ['received', 'pending', 'activated', 'coalesced', 'excluded:X', 'failed:Y']
  const numbers: [string, number][] = []
  for (const outcome of outcomes) numbers.push([outcome, await booked(ports, outcome)])
  numbers.push(['outboxRows', (await ports.store.counters(0)).get('outboxRows') ?? 0])
  return Object.fromEntries(numbers.filter(([, number]) => number !== 0))
}

async function entriesOf({ ledger }: Ports, keys: readonly string[]) {
  return ledger.entries(0, place.dataflow, place.solution, keys)
}

/** What every ledger owes to settlements (design §6, invariants 5 and 7). */
export function testLedgerSettlement(create: CreateSubject): void {
  describe('settlements of a ledger', () => {
    test('write entries, release their claims, and mark and count rows, each by its outcome', async () => {
      const ports = (await create()).ports()
      const [range] = await plannedBucket(ports, ['00000'])
      const one = delivery(ports, 1)
      await one.claim(['p', 'q'])
      const outcomes: RowOutcome[] = [
        activated(0, 'p'),
        { row: 1, profileKey: 'q', outcome: 'failed:Y' },
        { row: 2, profileKey: 'never-claimed', outcome: 'coalesced' },
        { row: 4, profileKey: 'p', outcome: 'excluded:X' },
      ]
      expect(await one.settle({ keys: ['p', 'q'], rows: [{ range: range!, outcomes }] })).toEqual(
        [],
      )
      expect(await entriesOf(ports, ['p', 'q'])).toEqual([toldOf(1), toldOf(1)])
      expect(await ports.outbox.progress(0, range!)).toBe('11101')
      expect(await numbersOf(ports)).toEqual({
        received: 5,
        pending: 1,
        activated: 1,
        coalesced: 1,
        'excluded:X': 1,
        'failed:Y': 1,
        outboxRows: 5,
      })
      expect((await delivery(ports, 2).claim(['p']))[0]!.status).toBe('claimed')
    })

    test('an entry of which nothing is known any more is removed', async () => {
      const ports = (await create()).ports()
      const one = delivery(ports, 1)
      await one.claim(['p'])
      expect(await one.settle({ keys: ['p'], entry: undefined })).toEqual([])
      expect(await entriesOf(ports, ['p'])).toEqual([undefined])
    })

    test('a claim that ended is still good while nobody else took the profile', async () => {
      const subject = await create()
      const ports = subject.ports()
      await delivery(ports, 1).claim(['p'], { leaseMs: 5 })
      await subject.pass(10)
      expect(await delivery(ports, 1).settle({ keys: ['p'] })).toEqual([])
      expect(await entriesOf(ports, ['p'])).toEqual([toldOf(1)])
    })

    test('what was lost to another delivery is told, not written, not counted, and kept to do', async () => {
      const ports = (await create()).ports()
      const [range] = await plannedBucket(ports, ['000'])
      const [slow, quick] = [delivery(ports, 1), delivery(ports, 2)]
      await slow.claim(['p', 'q'], { leaseMs: 0 })
      await quick.claim(['p'])
      const outcomes = [activated(0, 'p'), activated(1, 'q'), activated(2, 'p')]
      const lost = await slow.settle({
        keys: ['p', 'q', 'never-claimed'],
        rows: [{ range: range!, outcomes }],
        deadLetters: [letter('p', 1), letter('q', 1)],
      })
      expect(lost).toEqual(['p', 'never-claimed'])
      expect(await entriesOf(ports, ['q', 'never-claimed'])).toEqual([toldOf(1), undefined])
      expect(await ports.outbox.progress(0, range!)).toBe('010')
      const { dataflow, solution } = place
      expect(await ports.ledger.deadLetters(0, dataflow, solution, 10)).toEqual([letter('q', 1)])
      // The claim of the other delivery is as it was: it settles what it did.
      expect(await quick.settle({ keys: ['p'] })).toEqual([])
      expect(await entriesOf(ports, ['p'])).toEqual([toldOf(2)])
    })

    test('a settlement that is repeated counts nothing again', async () => {
      const ports = (await create()).ports()
      const ranges = await plannedBucket(ports, ['00', '00'])
      const one = delivery(ports, 1)
      await one.claim(['p'])
      const settlement = {
        keys: ['p'],
        rows: [{ range: ranges[0]!, outcomes: [activated(0, 'p'), activated(0, 'p')] }],
      }
      expect(await one.settle(settlement)).toEqual([])
      const before = await numbersOf(ports)
      expect(before).toEqual({ received: 4, pending: 3, activated: 1, outboxRows: 4 })
      expect(await one.settle(settlement)).toEqual(['p'])
      expect(await one.settle({ rows: settlement.rows })).toEqual([])
      expect(await numbersOf(ports)).toEqual(before)
    })

    test('a row that two deliveries settle is counted by the first', async () => {
      const ports = (await create()).ports()
      const [range] = await plannedBucket(ports, ['00'])
      const outcomes = [{ row: 1, profileKey: 'p', outcome: 'coalesced' }]
      await delivery(ports, 1).settle({ rows: [{ range: range!, outcomes }] })
      await delivery(ports, 2).settle({ rows: [{ range: range!, outcomes: [activated(1, 'p')] }] })
      expect(await numbersOf(ports)).toEqual({
        received: 2,
        pending: 1,
        coalesced: 1,
        outboxRows: 2,
      })
    })

    test('rows that the plan has not, or has as done, are not counted', async () => {
      const ports = (await create()).ports()
      const [range] = await plannedBucket(ports, ['10'])
      const rows = [
        { range: range!, outcomes: [activated(0, 'p'), activated(2, 'p'), activated(99, 'p')] },
        { range: { ...range!, from: 5, to: 5 }, outcomes: [activated(1, 'p')] },
      ]
      await delivery(ports, 1).settle({ rows })
      expect(await numbersOf(ports)).toEqual({ received: 1, pending: 1, outboxRows: 2 })
      expect(await ports.outbox.progress(0, range!)).toBe('10')
    })

    test('a bucket goes with its last range, and its rows leave the outbox', async () => {
      const ports = (await create()).ports()
      const ranges = await plannedBucket(ports, ['00', '01'])
      const [first, second] = ranges
      const one = delivery(ports, 1)
      const done = [activated(0, 'p'), activated(1, 'q')]
      await one.settle({ rows: [{ range: first!, outcomes: done }] })
      expect(await ports.outbox.progress(0, first!)).toBeUndefined()
      expect(await ports.outbox.buckets(0)).toEqual([{ bucket: first!.bucket, sealed: true }])
      expect(await ports.outbox.chunks(0, first!.bucket, 0, -1)).toHaveLength(2)
      await one.settle({ rows: [{ range: second!, outcomes: done.slice(0, 1) }] })
      expect(await ports.outbox.buckets(0)).toEqual([])
      expect(await ports.outbox.chunks(0, first!.bucket, 0, -1)).toEqual([])
      expect(await ports.outbox.planned(0, first!.bucket)).toBeUndefined()
      expect((await ports.store.counters(0)).get('outboxRows')).toBe(0)
      await one.settle({ rows: [{ range: second!, outcomes: done }] })
      expect((await ports.store.counters(0)).get('outboxRows')).toBe(0)
      expect(await booked(ports, 'activated')).toBe(3)
    })

    test('dead letters are kept once a profile and segment, the newest, and read up to a limit', async () => {
      const ports = (await create()).ports()
      const one = delivery(ports, 1)
      await one.settle({ deadLetters: [letter('p', 1, 'old'), letter('p', 2), letter('q|r', 1)] })
      await one.settle({ deadLetters: [letter('p', 1, 'new')] })
      const { dataflow, solution } = place
      const letters = await ports.ledger.deadLetters(0, dataflow, solution, 10)
      expect(letters.toSorted(byKey)).toEqual([
        letter('p', 1, 'new'),
        letter('p', 2),
        letter('q|r', 1),
      ])
      expect(await ports.ledger.deadLetters(0, dataflow, solution, 2)).toHaveLength(2)
      expect(await ports.ledger.deadLetters(0, dataflow, 't', 10)).toEqual([])
      expect(await ports.ledger.deadLettersOf(0, dataflow, solution, 'p', [3, 2, 1])).toEqual([
        undefined,
        letter('p', 2),
        letter('p', 1, 'new'),
      ])
      expect(await ports.ledger.deadLettersOf(0, dataflow, solution, 'q|r', [1])).toEqual([
        letter('q|r', 1),
      ])
      expect(await ports.ledger.deadLettersOf(0, dataflow, solution, 'p', [])).toEqual([])
      expect(await ports.ledger.deadLetterCount(0, dataflow, solution)).toBe(3)
      expect(await ports.ledger.deadLetterCount(0, dataflow, 't')).toBe(0)
    })

    test('no more dead letters are kept than may be, though the known ones are renewed', async () => {
      const ports = (await create()).ports()
      const one = delivery(ports, 1)
      const { dataflow, solution } = place
      const most = Array.from({ length: deadLettersLimit }, (_, index) => letter(`p${index}`, 0))
      await one.settle({ deadLetters: most })
      await one.settle({ deadLetters: [letter('beyond', 0), letter('p7', 0, 'renewed')] })
      const letters = await ports.ledger.deadLetters(0, dataflow, solution, deadLettersLimit * 2)
      expect(letters).toHaveLength(deadLettersLimit)
      expect(letters.find(({ profileKey }) => profileKey === 'beyond')).toBeUndefined()
      expect(letters.find(({ profileKey }) => profileKey === 'p7')!.detail).toBe('renewed')
    })
  })
}
