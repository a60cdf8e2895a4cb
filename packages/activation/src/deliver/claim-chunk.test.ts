import { emptyEntry, erasedKey, unknownRecord } from '@segue/runtime'
import { memoryPorts, simulatedClock } from '@segue/runtime/testing'
import { expect, test } from 'vitest'
import { claimChunk, type ClaimTarget } from './claim-chunk.ts'
import { settleChunk } from './settle-chunk.ts'

const startMs = Date.parse('2026-11-23T10:00:00Z')
const profileKey = 'ECID:1'
const token = Buffer.from('abcdef')

test('a full state has what other workers told, though this one has not read the dictionary so far yet', async () => {
  const ports = memoryPorts({ partitionCount: 1, clock: simulatedClock(startMs) })
  let known = 1
  const target: ClaimTarget = {
    ledger: ports.ledger,
    dataflow: 'eca',
    solution: 's',
    context: {
      nowMs: startMs,
      holdMs: 0,
      namespaces: ['ECID'],
      primaryIdentityOnly: false,
      fullState: true,
    },
    areUnapplied: (ids) => Promise.resolve(ids.map(() => false)),
    learn: async (largest) => {
      known = Math.max(known, largest + 1)
    },
    activated: (segment) => segment < known,
    generation: () => 1,
  }
  // Another worker tells of segments 0 and 4.
  const told = [0, 4]
  await ports.ledger.claim(0, 'eca', 's', token, 60_000, [{ profileKey, segments: told }])
  const state = told.map((segment) => ({ segment, status: 'realized' as const }))
  const settling = { exhausted: false, attempts: 1, nowMs: startMs, express: false }
  const record = { ...unknownRecord, status: 'realized' as const, generation: 1 }
  const result = {
    receipt: { status: 'delivered', applied: true } as const,
    receiptMs: 5,
    receiptSequence: 0,
    followed: false,
  }
  const chunk = {
    partition: 0,
    token,
    claimed: new Map([[profileKey, emptyEntry()]]),
    outcomes: [],
    unapplied: [],
    rowCount: 0,
    sends: told.map((segment) => ({
      profileKey,
      segment,
      status: 'realized' as const,
      identities: [profileKey],
      record,
      known: state,
      rows: [],
      result,
    })),
  }
  expect(await settleChunk(target, chunk, settling)).toEqual([])

  // The profile is out of segment 0 now, since there is none.
  const row = {
    profileKey,
    segment: 0,
    revisionMs: startMs,
    revisionSequence: 0,
    solutions: 1,
    realized: false,
  }
  const { sends } = await claimChunk(target, 0, token, [
    { partition: 0, range: undefined, position: 0, row },
  ])
  expect(sends.map(({ segment, status }) => [segment, status])).toEqual([[0, 'exited']])
  expect(sends[0]?.known).toEqual([
    { segment: 4, status: 'realized' },
    { segment: 0, status: 'exited' },
  ])
})

test('a row whose profile was erased is settled without a claim: of nobody there is nothing to hold, or to doubt', async () => {
  const ports = memoryPorts({ partitionCount: 1, clock: simulatedClock(startMs) })
  const target: ClaimTarget = {
    ledger: ports.ledger,
    dataflow: 'eca',
    solution: 's',
    context: {
      nowMs: startMs,
      holdMs: 0,
      namespaces: ['ECID'],
      primaryIdentityOnly: false,
      fullState: false,
    },
    areUnapplied: (ids) => Promise.resolve(ids.map(() => false)),
    learn: () => Promise.resolve(),
    activated: () => true,
    generation: () => 1,
  }
  const rows = [erasedKey, profileKey].map((key, position) => ({
    partition: 0,
    range: undefined,
    position,
    row: {
      profileKey: key,
      segment: 0,
      revisionMs: startMs,
      revisionSequence: 0,
      solutions: 1,
      realized: true,
    },
  }))
  const { outcomes, claimed } = await claimChunk(target, 0, token, rows)
  expect(outcomes[0]).toEqual({ pending: rows[0], outcome: 'excluded:PROFILE_ERASED' })
  expect([...claimed.keys()]).toEqual([profileKey])
  expect((await ports.ledger.entries(0, 'eca', 's', [erasedKey]))[0]).toBeUndefined()
})
