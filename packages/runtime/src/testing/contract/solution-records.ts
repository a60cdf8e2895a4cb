import { describe, expect, test } from 'vitest'
import { receiptsLimit, type CallReceipt } from '../../ports/solution-records.ts'
import type { CreateSubject } from './subject.ts'

const receipt = (rows: number): CallReceipt => ({
  dataflow: 'flow',
  rows,
  delivered: rows - 1,
  requestIds: ['a#1', 'b#2'],
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
      const beforeMs = await ownership.renew()
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

    test('a segment’s counterpart is of one solution and dataflow, and may change', async () => {
      const { records } = (await create()).ports()
      expect(await records.remoteId('s', 'f', 'ups:a')).toBeUndefined()
      await records.setRemoteId('s', 'f', 'ups:a', '1001')
      expect(await records.remoteId('s', 'f', 'ups:a')).toBe('1001')
      expect(await records.remoteId('t', 'f', 'ups:a')).toBeUndefined()
      expect(await records.remoteId('s', 'g', 'ups:a')).toBeUndefined()
      expect(await records.remoteId('s', 'f', 'ups:b')).toBeUndefined()
      await records.setRemoteId('s', 'f', 'ups:a', '1002')
      expect(await records.remoteId('s', 'f', 'ups:a')).toBe('1002')
      await records.removeRemoteId('s', 'f', 'ups:a')
      expect(await records.remoteId('s', 'f', 'ups:a')).toBeUndefined()
    })
  })
}
