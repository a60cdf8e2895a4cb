import type { Delivery } from '@segue/solution-kit'
import { expect, test } from 'vitest'
import { createPool } from './pool.ts'

const rowOf = (segment: string, id: number): Delivery => ({
  identities: [`ECID:${id}`],
  segment,
  remoteId: '1',
  status: 'realized',
  revisionMs: 1,
})

/** A pool before a solution that takes one call of four rows at a time. @returns the calls by what was in them */
async function callsOf(
  submitted: readonly { readonly segment: string; readonly background: boolean }[],
): Promise<readonly string[]> {
  const calls: string[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const pool = createPool(
    { maxConcurrentCalls: 1, poolBy: 'segment-status' },
    {
      deliver: (_, rows) => {
        calls.push(rows.map(({ segment }) => segment).join(''))
        const receipt = { status: 'delivered' as const, applied: true }
        const noted = { receiptMs: 0, receiptSequence: 0, followed: false }
        return Promise.resolve(rows.map(() => ({ receipt, ...noted })))
      },
    },
    4,
  )
  let open = submitted.length
  for (const [id, { segment, background }] of submitted.entries()) {
    pool.submit({
      dataflow: 'eca',
      row: rowOf(segment, id),
      background,
      holds: () => true,
      settle: () => {
        open -= 1
        if (open === 0) resolve()
      },
    })
  }
  await promise
  return calls
}

const some = (count: number, segment: string, background: boolean) =>
  Array.from({ length: count }, () => ({ segment, background }))

test('what is background waits for the rest, fills calls of the same kind, and gets one call in three all the same', async () => {
  expect(await callsOf([...some(8, 'b', true), ...some(4, 'a', false)])).toEqual([
    'aaaa',
    'bbbb',
    'bbbb',
  ])
  expect(await callsOf([...some(4, 'b', true), ...some(12, 'a', false)])).toEqual([
    'aaaa',
    'aaaa',
    'bbbb',
    'aaaa',
  ])
  expect(await callsOf([...some(6, 'a', true), ...some(1, 'a', false)])).toEqual(['aaaa', 'aaa'])
})
