import { expect, test } from 'vitest'
import { refusal, retryRow, retrySolution } from '@segue/solution-kit'
import type { Delivery, Receipt } from '@segue/solution-kit'
import { deliverRows } from './deliver.ts'
import type { LeadLookup, Resolution } from './lead-lookup.ts'
import type { LeadOutcome } from './member-results.ts'
import type { MembershipChange } from './plan.ts'

const done: Receipt = { status: 'delivered', applied: true }

function row(identities: readonly string[], more: Partial<Delivery> = {}): Delivery {
  const base = { segment: 'ups:s', remoteId: '7', status: 'realized', revisionMs: 1 } as const
  return { ...base, identities, ...more }
}

/** Leads by identity, as several rounds of look-ups find them, and what a lead's change answers. */
function world(
  rounds: readonly Readonly<Record<string, number | Resolution>>[],
  outcome: (leadId: number, change: MembershipChange) => LeadOutcome = () => done,
) {
  const seen = {
    lookups: [] as string[][],
    forgotten: [] as string[],
    changes: [] as MembershipChange[],
  }
  const lookup: LeadLookup = {
    resolve: (identities) => {
      const round = rounds[Math.min(seen.lookups.length, rounds.length - 1)] ?? {}
      seen.lookups.push([...identities])
      const entries = [...(seen.lookups.at(-1) ?? [])].map((identity): [string, Resolution] => {
        const one = round[identity]
        if (typeof one === 'number') return [identity, { kind: 'lead', leadId: one }]
        return [identity, one ?? { kind: 'none' }]
      })
      return Promise.resolve(new Map(entries))
    },
    forget: (identities) => seen.forgotten.push(...identities),
  }
  const change = (one: MembershipChange) => {
    seen.changes.push(one)
    return Promise.resolve(new Map(one.leadIds.map((id) => [id, outcome(id, one)])))
  }
  return { seen, deliver: (rows: readonly Delivery[]) => deliverRows(rows, lookup, change) }
}

test('a row with several leads is delivered when all of them are; each lead goes once', async () => {
  const { deliver, seen } = world([{ a: 1, b: 2, c: 1 }])
  expect(await deliver([row(['a', 'b']), row(['c'])])).toEqual([done, done])
  expect(seen.changes).toEqual([{ listId: '7', status: 'realized', leadIds: [1, 2] }])
})

test('a row of which one lead has trouble has that trouble', async () => {
  const trouble = refusal('SYSTEM_ERROR', retryRow(5, true))
  const { deliver } = world([{ a: 1, b: 2 }], (leadId) => (leadId === 2 ? trouble : done))
  expect(await deliver([row(['a', 'b']), row(['a']), row(['b'])])).toEqual([trouble, done, trouble])
})

test('a person whom Marketo does not know is excluded; one known identity of several is enough', async () => {
  const { deliver } = world([{ a: 1 }])
  const unknown = { status: 'rejected', kind: 'excluded', code: 'LEAD_NOT_FOUND' }
  expect(
    await deliver([row(['x']), row(['x', 'a']), row(['x'], { status: 'exited' })]),
  ).toMatchObject([unknown, done, unknown])
})

test('while an identity cannot be looked up its row is not sent, not even in part', async () => {
  const trouble = refusal('TIMED_OUT', retryRow(5, false))
  const { deliver, seen } = world([{ a: 1, b: { kind: 'refused', refusal: trouble }, c: 3 }])
  expect(await deliver([row(['a', 'b']), row(['c'])])).toEqual([trouble, done])
  expect(seen.changes.flatMap((one) => one.leadIds)).toEqual([3])
})

test('a lead that is gone is looked up again, once, and the new one is sent', async () => {
  const { deliver, seen } = world([{ a: 1, b: 2 }, { a: 11 }], (leadId) =>
    leadId === 1 ? 'lead-not-found' : done,
  )
  expect(await deliver([row(['a']), row(['b'])])).toEqual([done, done])
  expect(seen.lookups).toEqual([['a', 'b'], ['a']])
  expect(seen.forgotten).toEqual(['a'])
  expect(seen.changes.map((one) => one.leadIds)).toEqual([[1, 2], [11]])
})

test('a removal also follows a merged lead to its other id', async () => {
  const { deliver, seen } = world([{ a: 1 }, { a: 11 }], (leadId) =>
    leadId === 1 ? 'lead-not-found' : done,
  )
  expect(await deliver([row(['a'], { status: 'exited' })])).toEqual([done])
  expect(seen.changes.at(-1)).toEqual({ listId: '7', status: 'exited', leadIds: [11] })
})

test('a lead that stays gone: a removal is done, an add is excluded, and nothing loops', async () => {
  const { deliver, seen } = world([{ a: 1 }, { a: 1 }], () => 'lead-not-found')
  expect(await deliver([row(['a'], { status: 'exited' })])).toEqual([done])
  expect(await deliver([row(['a'])])).toMatchObject([
    { status: 'rejected', code: 'LEAD_NOT_FOUND' },
  ])
  expect(seen.changes).toHaveLength(2)
  expect(seen.forgotten).toEqual(['a', 'a', 'a', 'a'])
})

test('a person without a lead any more is excluded on an add, done on a removal', async () => {
  const added = world([{ a: 1 }, {}], () => 'lead-not-found')
  expect(await added.deliver([row(['a'])])).toMatchObject([{ code: 'LEAD_NOT_FOUND' }])
  const removed = world([{ a: 1 }, {}], () => 'lead-not-found')
  expect(await removed.deliver([row(['a'], { status: 'exited' })])).toEqual([done])
})

test('two rows about one lead: the newest state is sent, and both rows get its receipt', async () => {
  const { deliver, seen } = world([{ a: 1, b: 1 }])
  const rows = [row(['a'], { revisionMs: 5 }), row(['b'], { status: 'exited', revisionMs: 9 })]
  expect(await deliver(rows)).toEqual([done, done])
  expect(seen.changes).toEqual([{ listId: '7', status: 'exited', leadIds: [1] }])
})

test('after an answer about the whole solution no further list is changed', async () => {
  const busy = refusal('RATE_LIMIT', retrySolution(20_000, false))
  const { deliver, seen } = world([{ a: 1, b: 2 }], () => busy)
  expect(await deliver([row(['a']), row(['b'], { remoteId: '8' })])).toEqual([busy, busy])
  expect(seen.changes).toHaveLength(1)
})

test('a remote id that is no list id is refused without a call', async () => {
  const { deliver, seen } = world([{ a: 1 }])
  const bad = ['', '0', '7/../8', '1e3', '-1', '../../identity'].map((remoteId) =>
    row(['a'], { remoteId }),
  )
  for (const receipt of await deliver(bad)) {
    expect(receipt).toMatchObject({ status: 'rejected', kind: 'failed', code: 'REMOTE_ID_INVALID' })
  }
  expect(seen.changes).toHaveLength(0)
})

test('no rows, no calls', async () => {
  const { deliver, seen } = world([{}])
  expect(await deliver([])).toEqual([])
  expect(seen.changes).toHaveLength(0)
})
