import { describe, expect, test } from 'vitest'
import {
  followedLimit,
  lossesCountedMax,
  receiptsLimit,
  type CallReceipt,
} from '../../ports/solution-records.ts'
import type { CreateSubject } from './subject.ts'

const receipt = (rows: number): CallReceipt => ({
  dataflow: 'flow',
  rows,
  delivered: rows - 1,
  requestIds: ['a#1', 'b#2'],
})

const accepted = (receiptMs: number, receiptSequence: number) => ({
  receiptMs,
  receiptSequence,
  dataflow: 'flow',
  rows: 3,
  follow: 'batch-1',
})

const pause = (code: string, sinceMs: number) => ({
  code,
  detail: 'look at the setting “clientSecret”',
  setting: 'clientSecret',
  sinceMs,
  untilMs: sinceMs + 60_000,
})

const description = (withinMs: number) => ({
  namespaces: ['ECID'],
  readiness: [{ what: 'names', withinMs }],
})

/** What every place for solutions' records owes. */
export function testSolutionRecords(create: CreateSubject): void {
  describe('records of solutions', () => {
    test('a receipt is found by its id, in its solution', async () => {
      const { records } = (await create()).ports()
      const ids = []
      for (const rows of [1, 2, 3]) ids.push(await records.addReceipt('marketo', receipt(rows)))
      for (const [index, { receiptMs, receiptSequence }] of ids.entries()) {
        expect(await records.receipt('marketo', receiptMs, receiptSequence)).toEqual(
          receipt(index + 1),
        )
        expect(await records.receipt('target', receiptMs, receiptSequence)).toBeUndefined()
      }
      expect(await records.receipt('marketo', 1, 1)).toBeUndefined()
    })

    test('receipts have times of the store, and the ids of one millisecond differ', async () => {
      const subject = await create()
      const { records, ownership } = subject.ports()
      const { storeMs: beforeMs } = await ownership.renew()
      const added = await Promise.all(
        [1, 2, 3, 4].map((rows) => records.addReceipt('s', receipt(rows))),
      )
      const ids = added.map(({ receiptMs, receiptSequence }) => `${receiptMs}-${receiptSequence}`)
      expect(new Set(ids).size).toBe(4)
      for (const { receiptMs } of added) expect(receiptMs).toBeGreaterThanOrEqual(beforeMs)
    })

    test('the oldest receipts go when there are more than are kept', async () => {
      const { records } = (await create()).ports()
      const rounds = 21
      const ids: { receiptMs: number; receiptSequence: number }[] = []
      for (let round = 0; round < rounds; round++) {
        const some = Array.from({ length: 500 }, () => records.addReceipt('s', receipt(round)))
        ids.push(...(await Promise.all(some)))
      }
      expect(ids.length).toBeGreaterThan(receiptsLimit)
      const find = ({ receiptMs, receiptSequence }: (typeof ids)[number]) =>
        records.receipt('s', receiptMs, receiptSequence)
      expect(await find(ids[0]!)).toBeUndefined()
      expect(await find(ids.at(-1)!)).toEqual(receipt(rounds - 1))
      expect(await find(ids.at(-receiptsLimit)!)).toBeDefined()
    })

    test('rows are followed, oldest first, until they are followed no more', async () => {
      const { records } = (await create()).ports()
      for (const one of [accepted(7, 1), accepted(5, 0), accepted(7, 0)]) {
        expect(await records.follow('s', one)).toBe(true)
      }
      expect(await records.followed('s')).toEqual([accepted(5, 0), accepted(7, 0), accepted(7, 1)])
      expect(await records.followed('t')).toEqual([])
      await records.unfollow('s', accepted(7, 0))
      const ids = [accepted(7, 0), accepted(7, 1), accepted(9, 9)]
      expect(await records.following('s', ids)).toEqual([undefined, 'waiting', undefined])
      expect(await records.following('s', [])).toEqual([])
    })

    test('rows that the solution has lost are followed until they are told again', async () => {
      const { records } = (await create()).ports()
      for (const one of [accepted(7, 0), accepted(7, 1)]) await records.follow('s', one)
      await records.lose('s', accepted(7, 0))
      const ids = [accepted(7, 0), accepted(7, 1)]
      expect(await records.following('s', ids)).toEqual(['lost', 'waiting'])
      expect(await records.followed('s')).toEqual([
        { ...accepted(7, 0), lost: true },
        accepted(7, 1),
      ])
      await records.unfollow('s', accepted(7, 0))
      expect(await records.following('s', ids)).toEqual([undefined, 'waiting'])
    })

    test('no more rows are followed than may be', async () => {
      const { records } = (await create()).ports()
      const followed = await Promise.all(
        Array.from({ length: followedLimit + 1 }, (_, receiptMs) =>
          records.follow('s', {
            receiptMs,
            receiptSequence: 0,
            dataflow: 'f',
            rows: 1,
            follow: 'x',
          }),
        ),
      )
      expect(followed.filter((one) => !one)).toHaveLength(1)
    })

    test('losses are counted by dataflow, each once', async () => {
      const { records } = (await create()).ports()
      const count = (dataflow: string, receiptMs: number, receiptSequence = 0) =>
        records.countLoss('s', dataflow, { receiptMs, receiptSequence })
      expect(await count('f', 5)).toBe(1)
      expect(await count('f', 5, 1)).toBe(2)
      expect(await count('g', 6)).toBe(1)
      expect(await count('f', 5)).toBe(1)
      expect(await count('f', 6)).toBe(3)
    })

    test('beyond a bound losses are not told apart', async () => {
      const { records } = (await create()).ports()
      const count = (receiptMs: number) =>
        records.countLoss('s', 'f', { receiptMs, receiptSequence: 0 })
      for (let at = 1; at <= lossesCountedMax; at += 1) await count(at)
      expect(await count(lossesCountedMax + 1)).toBe(lossesCountedMax + 1)
      expect(await count(lossesCountedMax + 2)).toBe(lossesCountedMax + 1)
      expect(await count(lossesCountedMax)).toBe(lossesCountedMax)
    })

    test('a pause keeps since when it has been, as long as its code stays', async () => {
      const { records } = (await create()).ports()
      expect(await records.pause('s')).toBeUndefined()
      await records.setPause('s', pause('A', 1_795_428_000_001))
      await records.setPause('s', pause('A', 1_795_428_060_002))
      expect(await records.pause('s')).toEqual({
        ...pause('A', 1_795_428_000_001),
        untilMs: 1_795_428_120_002,
      })
      await records.setPause('s', pause('B', 5))
      expect(await records.pause('s')).toEqual(pause('B', 5))
      expect(await records.pause('t')).toBeUndefined()
      await records.setPause('s', undefined)
      expect(await records.pause('s')).toBeUndefined()
    })

    test('a solution’s description is the last one', async () => {
      const { records } = (await create()).ports()
      await records.describe('s', description(1))
      await records.describe('s', description(2))
      expect(await records.description('s')).toEqual(description(2))
      expect(await records.description('t')).toBeUndefined()
    })

    test('a lock has one holder until its lease ends or it gives it back', async () => {
      const subject = await create()
      const { records } = subject.ports('one')
      const other = subject.ports('other').records
      expect(await records.lock('s', 'window', 'a', 60_000)).toBe(true)
      expect(await records.lock('s', 'window', 'a', 60_000)).toBe(true)
      expect(await other.lock('s', 'window', 'b', 60_000)).toBe(false)
      expect(await other.lock('s', 'another', 'b', 60_000)).toBe(true)
      await other.unlock('s', 'window', 'b')
      expect(await other.lock('s', 'window', 'b', 60_000)).toBe(false)
      await records.unlock('s', 'window', 'a')
      expect(await other.lock('s', 'window', 'b', 5)).toBe(true)
      await subject.pass(20)
      expect(await records.lock('s', 'window', 'a', 5)).toBe(true)
    })
  })
}
