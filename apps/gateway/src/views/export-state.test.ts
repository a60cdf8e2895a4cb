import { codes, emptyProfile, type Profile } from '@segue/profile'
import { unknownRecord } from '@segue/runtime'
import type { Dataflow, LedgerRecord } from '@segue/runtime'
import { expect, test } from 'vitest'
import { exportVerdict } from './export-state.ts'
import type { ExportFacts } from './export-state.ts'

const hourMs = 3_600_000
const sentMs = Date.parse('2026-11-23T10:00:00Z')
const revisionMs = sentMs - 1_000

const dataflow: Dataflow = {
  id: 'f',
  name: 'F',
  enabled: true,
  activationDelayMs: 0,
  solutions: ['marketo', 'target'],
  segments: { 'ups:a': { name: 'A', solutions: ['marketo'] } },
}
const description = {
  namespaces: ['ECID', 'email_lc_sha256'],
  readiness: [
    { what: 'first use', withinMs: 4 * hourMs },
    { what: 'in reports', withinMs: 48 * hourMs },
  ],
}
const told: LedgerRecord = {
  ...unknownRecord,
  status: 'realized',
  effect: 'followed',
  generation: 1,
  identityCount: 1,
  revisionMs,
  receiptMs: sentMs,
}
const letter = { profileKey: 'ECID:1', segment: 0, code: 'GONE', detail: '', attempts: 10 }

function person(state: number, condition: number = codes.Active): Profile {
  const profile = emptyProfile('ECID:1')
  profile.condition = condition
  profile.memberships.push(0, state, revisionMs, 0, revisionMs, 0, 0)
  return profile
}

/** A member that the solution was told of, with whatever is otherwise. */
function verdict(changes: Partial<ExportFacts> = {}) {
  return exportVerdict({
    nowMs: sentMs + hourMs,
    profile: person(codes.Realized),
    profileKey: 'ECID:1',
    segment: 0,
    segmentName: 'ups:a',
    dataflow,
    solution: 'marketo',
    description,
    record: told,
    applied: true,
    inDoubt: false,
    sending: false,
    generation: 1,
    deadLetter: undefined,
    ...changes,
  })
}

const exit = { ...told, status: 'exited' } as const
const nobody: Partial<ExportFacts> = { record: undefined, applied: false }
const changedTwice = { ...person(codes.Realized), identities: ['ECID:1', 'ECID:2', 'GAID:3'] }

test.each<readonly [string, Partial<ExportFacts>, object]>([
  ['the solution has it', {}, { desired: 'realized', state: 'applied' }],
  ['it took it, and applies it later', { applied: false }, { state: 'accepted' }],
  [
    'it is to leave, and was told so',
    { profile: person(codes.Exited), record: exit },
    { desired: 'exited', state: 'applied' },
  ],
  [
    'it expired, and that is still to be told',
    { profile: person(codes.Expired) },
    { desired: 'exited', state: 'waiting' },
  ],
  ['nothing was told yet', nobody, { desired: 'realized', state: 'waiting' }],
  [
    'there is nothing to tell',
    { ...nobody, profile: person(codes.Exited) },
    { desired: 'exited', state: 'nothingToTell' },
  ],
  [
    'no update of the partition named the segment',
    { ...nobody, segment: undefined },
    { desired: 'exited', state: 'nothingToTell' },
  ],
  ['a delivery holds it', { sending: true, inDoubt: true }, { state: 'sending' }],
  ['what was sent was never settled', { inDoubt: true }, { state: 'inDoubt' }],
  ['the counterpart was made anew', { generation: 2 }, { state: 'waiting' }],
  [
    'the counterpart is gone, and what it was told with it is what is known',
    { generation: undefined },
    { state: 'applied' },
  ],
  ['it has more identities by now', { profile: changedTwice }, { state: 'waiting' }],
  [
    'it failed for good',
    { ...nobody, deadLetter: { ...letter, atMs: sentMs } },
    { state: 'failed' },
  ],
  [
    'it failed, and a newer change is to be sent',
    { ...nobody, deadLetter: { ...letter, atMs: revisionMs - 1 } },
    { state: 'waiting' },
  ],
  [
    'it failed, and was sent later',
    { deadLetter: { ...letter, atMs: sentMs - 1 } },
    { state: 'applied' },
  ],
])('%s', (_what, changes, expected) => {
  const found = verdict(changes)
  expect(found).toMatchObject(expected)
  expect(found.excluded).toBeUndefined()
})

const disabled = { ...dataflow, enabled: false }

test.each<readonly [string, Partial<ExportFacts>, object]>([
  ['PROFILE_ERASED', { profile: undefined }, { desired: 'exited', state: 'waiting' }],
  [
    'PROFILE_ERASED',
    { profile: person(codes.Realized, codes.Erasing), record: exit },
    { desired: 'exited', state: 'applied' },
  ],
  [
    'CONSENT_VIOLATION',
    { profile: person(codes.Realized, codes.OptedOut) },
    { desired: 'exited', state: 'waiting' },
  ],
  [
    'CONSENT_VIOLATION',
    { ...nobody, profile: person(codes.Realized, codes.OptedOut) },
    { desired: 'exited', state: 'excluded' },
  ],
  ['FLOW_DISABLED', { ...nobody, dataflow: disabled }, { desired: 'realized', state: 'excluded' }],
  // What was told before stays told.
  ['FLOW_DISABLED', { dataflow: disabled }, { desired: 'realized', state: 'applied' }],
  ['SEGMENT_NOT_ACTIVATED', { ...nobody, solution: 'target' }, { state: 'excluded' }],
  ['SEGMENT_NOT_ACTIVATED', { ...nobody, segmentName: 'ups:b' }, { state: 'excluded' }],
  [
    'NO_IDENTITY',
    { ...nobody, description: { ...description, namespaces: ['GAID'] } },
    { state: 'excluded' },
  ],
  [
    'NO_IDENTITY',
    {
      ...nobody,
      profile: { ...person(codes.Realized), identities: ['crm:1', 'ECID:1'] },
      profileKey: 'crm:1',
      dataflow: { ...dataflow, primaryIdentityOnly: true },
    },
    { state: 'excluded' },
  ],
])('%s', (code, changes, expected) => {
  const found = verdict(changes)
  expect(found).toMatchObject({ ...expected, excluded: { code } })
  expect(found.excluded?.detail).toMatch(/\w/)
})

test('what the vendor promises is counted from the receipt, line by line', () => {
  const expected = [
    { what: 'first use', by: '2026-11-23T14:00:00.000Z' },
    { what: 'in reports', by: '2026-11-25T10:00:00.000Z' },
  ]
  expect(verdict({ applied: false }).expected).toEqual(expected)
  // Applied says that the file was read; reports come later all the same.
  expect(verdict().expected).toEqual(expected)
  expect(verdict(nobody).expected).toBeUndefined()
  expect(verdict({ description: undefined }).expected).toBeUndefined()
})

test('before any processor said what the solution takes, nobody is said to have no identity there', () => {
  expect(verdict({ ...nobody, description: undefined })).toEqual({
    desired: 'realized',
    state: 'waiting',
  })
})
