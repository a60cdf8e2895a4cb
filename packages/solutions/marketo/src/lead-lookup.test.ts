import { expect, test } from 'vitest'
import { refusal, retryRow, retrySolution } from '@segue/solution-kit'
import type { Lead } from './answer.ts'
import { latestByValue, leadLookup, lookupCall } from './lead-lookup.ts'
import type { LeadLookup } from './lead-lookup.ts'
import type { MarketoCall, MarketoOutcome } from './marketo-client.ts'

const hash = (n: number) => n.toString(16).padStart(64, '0')

/** A look-up over leads that are listed, and a clock that is set by hand. */
function lookupOver(
  leads: readonly Lead[],
  answer?: (call: MarketoCall, calls: number) => MarketoOutcome | undefined,
) {
  const state = { nowMs: 1, calls: [] as MarketoCall[] }
  const lookup: LeadLookup = leadLookup({
    call: (call) => {
      state.calls.push(call)
      const scripted = answer?.(call, state.calls.length)
      if (scripted !== undefined) return Promise.resolve(scripted)
      const parameters = new URLSearchParams(call.form ?? call.query)
      const field = parameters.get('filterType') ?? ''
      const values = new Set(parameters.get('filterValues')?.split(','))
      const result = leads.filter((lead) => values.has(String(lead[field])))
      return Promise.resolve({ kind: 'answer', answer: { success: true, result } })
    },
    fields: new Map([
      ['email_lc_sha256', { field: 'emailSHA256', setting: 'emailSha256Field' }],
      ['ECID', { field: 'ecid', setting: 'ecidField' }],
    ]),
    cacheSize: 10_000,
    cacheMs: 1_000,
    unknownCacheMs: 100,
    nowMs: () => state.nowMs,
  })
  return { lookup, state }
}

test('identities of both namespaces are found, each by its field; the rest have none', async () => {
  const { lookup, state } = lookupOver([
    { id: 1, emailSHA256: hash(1) },
    { id: 2, ecid: '00000000000000000000000000000000000002' },
  ])
  const known = `email_lc_sha256:${hash(1)}`
  const found = await lookup.resolve([
    known,
    'ECID:00000000000000000000000000000000000002',
    'ECID:00000000000000000000000000000000000003',
    'GAID:e4fe9bde-caa0-47b6-908d-ffba3fa184f2',
  ])
  expect(Object.fromEntries(found)).toEqual({
    [known]: { kind: 'lead', leadId: 1 },
    'ECID:00000000000000000000000000000000000002': { kind: 'lead', leadId: 2 },
    'ECID:00000000000000000000000000000000000003': { kind: 'none' },
    'GAID:e4fe9bde-caa0-47b6-908d-ffba3fa184f2': { kind: 'none' },
  })
  expect(state.calls).toHaveLength(2)
})

test('at most 300 values go into a call', async () => {
  const { lookup, state } = lookupOver([])
  await lookup.resolve(Array.from({ length: 601 }, (_, n) => `email_lc_sha256:${hash(n)}`))
  const sizes = state.calls.map(
    (call) => new URLSearchParams(call.form ?? call.query).get('filterValues')?.split(',').length,
  )
  expect(sizes).toEqual([300, 300, 1])
})

test('a query over 8 KB goes as a POST that says it is a GET', () => {
  const values = Array.from({ length: 120 }, (_, n) => hash(n))
  expect(lookupCall('emailSHA256', values.slice(0, 100), undefined).method).toBe('GET')
  const long = lookupCall('emailSHA256', values, undefined)
  expect(long).toMatchObject({ method: 'POST', query: '_method=GET' })
  expect(new URLSearchParams(long.form).get('filterValues')).toBe(values.join(','))
})

test('known leads are remembered until they are too old or forgotten, unknown ones shortly', async () => {
  const { lookup, state } = lookupOver([{ id: 1, emailSHA256: hash(1) }])
  const known = `email_lc_sha256:${hash(1)}`
  const unknown = `email_lc_sha256:${hash(2)}`
  await lookup.resolve([known, unknown])
  await lookup.resolve([known, unknown])
  expect(state.calls).toHaveLength(1)
  state.nowMs += 101
  await lookup.resolve([known])
  expect(state.calls).toHaveLength(1)
  await lookup.resolve([unknown])
  expect(state.calls).toHaveLength(2)
  lookup.forget([known])
  await lookup.resolve([known])
  expect(state.calls).toHaveLength(3)
  state.nowMs += 1_001
  await lookup.resolve([known])
  expect(state.calls).toHaveLength(4)
})

test('a refused look-up is not remembered and leaves no row in doubt', async () => {
  const hung = refusal('TIMED_OUT', retryRow(1_000, true))
  const { lookup } = lookupOver([{ id: 1, ecid: '1' }], (_call, calls) =>
    calls === 1 ? { kind: 'refused', refusal: hung } : undefined,
  )
  expect((await lookup.resolve(['ECID:1'])).get('ECID:1')).toEqual({
    kind: 'refused',
    refusal: { ...hung, inDoubt: false },
  })
  expect((await lookup.resolve(['ECID:1'])).get('ECID:1')).toEqual({ kind: 'lead', leadId: 1 })
})

test('after a refusal that is about the whole solution no further call is made', async () => {
  const full = refusal('RATE_LIMIT', retrySolution(20_000, false))
  const { lookup, state } = lookupOver([], () => ({
    kind: 'error',
    code: '606',
    refusal: full,
  }))
  const found = await lookup.resolve([
    ...Array.from({ length: 400 }, (_, n) => `email_lc_sha256:${hash(n)}`),
    'ECID:1',
  ])
  expect(state.calls).toHaveLength(1)
  expect(found.size).toBe(401)
  for (const one of found.values()) expect(one).toEqual({ kind: 'refused', refusal: full })
})

function tooMany(call: MarketoCall): MarketoOutcome | undefined {
  if (!(call.query ?? '').includes('BAD')) return undefined
  return { kind: 'error', code: '1003', refusal: refusal('VALUE_INVALID', retryRow(0, false)) }
}

test('1003 (over 1,000 leads match) halves the look-up down to the value that is to blame', async () => {
  const { lookup } = lookupOver(
    [
      { id: 1, ecid: '1' },
      { id: 3, ecid: '3' },
    ],
    tooMany,
  )
  const found = await lookup.resolve(['ECID:1', 'ECID:2', 'ECID:BAD', 'ECID:3'])
  expect(found.get('ECID:1')).toEqual({ kind: 'lead', leadId: 1 })
  expect(found.get('ECID:2')).toEqual({ kind: 'none' })
  expect(found.get('ECID:3')).toEqual({ kind: 'lead', leadId: 3 })
  expect(found.get('ECID:BAD')).toMatchObject({
    refusal: { status: 'rejected', kind: 'failed', code: 'LEADS_TOO_MANY' },
  })
})

test('1006 names the setting of the field that Marketo does not have', async () => {
  const { lookup } = lookupOver([], () => ({
    kind: 'error',
    code: '1006',
    refusal: refusal('FIELD_NOT_FOUND', retryRow(0, false)),
  }))
  expect((await lookup.resolve(['ECID:1'])).get('ECID:1')).toMatchObject({
    refusal: { status: 'misconfigured', code: 'FIELD_NOT_FOUND', setting: 'ecidField' },
  })
})

test('further pages are read', async () => {
  const { lookup, state } = lookupOver([], (_call, calls) => ({
    kind: 'answer',
    answer: {
      success: true,
      result: [{ id: calls, ecid: `${calls}` }],
      ...(calls < 3 ? { nextPageToken: `page${calls}` } : {}),
    },
  }))
  const found = await lookup.resolve(['ECID:1', 'ECID:2', 'ECID:3'])
  expect([...found.values()].map((one) => one.kind)).toEqual(['lead', 'lead', 'lead'])
  expect(state.calls[1]?.query).toContain('nextPageToken=page1')
})

test('of several leads with one value the one updated last is taken, the highest id on a tie', () => {
  const leads: readonly Lead[] = [
    { id: 1, ecid: 'A', updatedAt: '2026-01-01T00:00:00Z' },
    { id: 2, ecid: ' a ', updatedAt: '2026-03-01T00:00:00Z+0000' },
    { id: 3, ecid: 'a', updatedAt: '2026-02-28T20:00:00-08:00' },
    { id: 4, ecid: 'b' },
    { id: 5, ecid: 'b', updatedAt: 'unreadable' },
  ]
  expect(Object.fromEntries(latestByValue('ecid', ['a', 'b'], leads))).toEqual({
    a: { kind: 'lead', leadId: 3 },
    b: { kind: 'lead', leadId: 5 },
  })
})
