import { emptyEntry, unknownRecord, unpackEntry, type LedgerEntry } from '@segue/runtime'
import { memoryPorts, simulatedClock } from '@segue/runtime/testing'
import type { Receipt } from '@segue/solution-kit'
import { expect, test } from 'vitest'
import type { ClaimChunk, KnownStatus, Send } from './claim-chunk.ts'
import { settleChunk } from './settle-chunk.ts'

const startMs = Date.parse('2026-11-23T10:00:00Z')
const profileKey = 'ECID:1'
const delivered: Receipt = { status: 'delivered', applied: true }
const lost: Receipt = {
  status: 'retry',
  code: 'TIMED_OUT',
  afterMs: 0,
  scope: 'row',
  inDoubt: true,
}
const refused: Receipt = { ...lost, code: 'BUSY', inDoubt: false }

/** Settles sends of one profile, one a receipt, on a ledger in memory. @returns its entry afterwards */
async function settled(
  receipts: readonly (Receipt | undefined)[],
  options: {
    readonly fullState: boolean
    readonly doubts?: readonly number[]
    readonly status?: 'realized' | 'exited'
  },
): Promise<LedgerEntry> {
  const ports = memoryPorts({ partitionCount: 1, clock: simulatedClock(startMs) })
  const token = Buffer.from('abcdef')
  const segments = receipts.map((_, segment) => segment)
  await ports.ledger.claim(0, 'eca', 's', token, 60_000, [{ profileKey, segments }])
  const entry = emptyEntry()
  for (const doubt of options.doubts ?? []) entry.doubts.add(doubt)
  const known: KnownStatus[] = segments.map((segment) => ({ segment, status: 'realized' }))
  const sends = receipts.map((receipt, segment): Send => ({
    profileKey,
    segment,
    status: options.status ?? 'realized',
    identities: [profileKey],
    record: { ...unknownRecord, status: options.status ?? 'realized' },
    known: options.fullState ? known : [],
    rows: [],
    result: receipt && { receipt, receiptMs: 5, receiptSequence: 0, followed: false },
  }))
  const chunk: ClaimChunk = {
    partition: 0,
    token,
    claimed: new Map([[profileKey, entry]]),
    outcomes: [],
    sends,
    unapplied: [],
    rowCount: 0,
  }
  const target = {
    ledger: ports.ledger,
    dataflow: 'eca',
    solution: 's',
    context: {
      nowMs: startMs,
      holdMs: 0,
      namespaces: ['ECID'],
      primaryIdentityOnly: false,
      fullState: options.fullState,
    },
    areUnapplied: () => Promise.resolve([]),
    activated: (segment: number) => segment < 9,
    learn: () => Promise.resolve(),
    generation: () => 1,
  }
  const settling = { exhausted: false, attempts: 1, nowMs: startMs, express: false }
  expect(await settleChunk(target, chunk, settling)).toEqual([])
  const [packed] = await ports.ledger.entries(0, 'eca', 's', [profileKey])
  return unpackEntry(packed)
}

test('a change that arrived settles its own doubt and no other', async () => {
  const { doubts, records } = await settled([delivered, refused], {
    fullState: false,
    doubts: [0, 7],
  })
  expect([...doubts]).toEqual([7])
  expect([...records.keys()]).toEqual([0])
})

test('an exit of somebody whom the solution does not know is settled: nobody waits for it, and no doubt stays', async () => {
  const unknown: Receipt = { status: 'rejected', code: 'NO_LEAD', kind: 'excluded' }
  for (const fullState of [false, true]) {
    const exit = await settled([unknown], { fullState, status: 'exited', doubts: [0] })
    expect([...exit.doubts]).toEqual([])
    expect(exit.records.get(0)?.status).toBe('exited')
  }
  const entry = await settled([unknown], { fullState: false, doubts: [0] })
  expect([...entry.doubts]).toEqual([0])
  expect(entry.records.size).toBe(0)
})

test('a full state that arrived leaves nothing in doubt that it says', async () => {
  const { doubts } = await settled([delivered, delivered], { fullState: true, doubts: [0, 1, 9] })
  // What is not activated may be in doubt still when it is activated again.
  expect([...doubts]).toEqual([9])
  // What may have arrived and is in no state yet is still there: nobody told the solution otherwise.
  const first = await settled([delivered], { fullState: true, doubts: [0, 7] })
  expect([...first.doubts]).toEqual([7])
})

test.each([
  ['refused', refused],
  ['lost', lost],
  ['not sent', undefined],
])(
  'where one full state arrived and another of the profile was %s, that one is in doubt: the first said it too',
  async (_, other) => {
    for (const receipts of [
      [delivered, other],
      [other, delivered],
    ]) {
      const { doubts, records } = await settled(receipts, { fullState: true })
      const missing = receipts.indexOf(other)
      expect([...doubts]).toEqual([missing])
      expect([...records.keys()]).toEqual([1 - missing])
    }
  },
)
