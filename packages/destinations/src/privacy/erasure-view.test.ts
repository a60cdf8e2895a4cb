import type { Erasure } from '@segue/runtime'
import { expect, test } from 'vitest'
import { erasureState, erasureStates, erasureView } from './erasure-view.ts'

const requested: Erasure = {
  id: 'p00-00000000-0000-4000-8000-000000000001',
  hash: 'ab'.repeat(32),
  requestedBy: 'me',
  requestedMs: 1_000,
  profileKey: 'ECID:1',
  others: ['GAID:1'],
  barrier: '4-0',
  waitingFor: [{ dataflow: 'f', solution: 's', why: 'MEMBER' }],
  deleted: { ledgerEntries: 1, deadLetters: 2, outboxRows: 3 },
}
const steps = ['leavingMs', 'acknowledgedMs', 'deletedMs', 'doneMs'] as const

test('the state is the last one that was reached, with the time of each', () => {
  for (const [index, state] of erasureStates.entries()) {
    const reached = steps.slice(0, index).map((step, at) => [step, 2_000 + at])
    const erasure = { ...requested, ...Object.fromEntries(reached) }
    expect(erasureState(erasure)).toBe(state)
    const { times, waitingFor } = erasureView(erasure)
    expect(Object.keys(times)).toEqual(erasureStates.slice(0, index + 1))
    expect(waitingFor).toHaveLength(state === 'leaving' ? 1 : 0)
  }
  expect(erasureView(requested).times).toEqual({ requested: '1970-01-01T00:00:01.000Z' })
})

test('no identity is shown, whatever the request still holds', () => {
  const shown = JSON.stringify(erasureView({ ...requested, leavingMs: 2, deletedMs: 3 }))
  expect(shown).not.toContain('ECID')
  expect(shown).not.toContain('GAID')
  expect(shown).toContain(requested.hash)
})
