import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Delivery } from '@segue/solution-kit'
import { externalSegmentKey } from './external-segment-key.ts'
import { identityField, identityNamespaces } from './identity-field.ts'
import type { IdentityField } from './identity-field.ts'
import { membershipLine, planMemberships } from './membership-line.ts'
import { callLimits } from './put-batches.ts'
import { testSettings } from './test-settings.ts'

const seed = 20_261_123
const hourMs = 3_600_000
const settings = testSettings()
const nowMs = Date.parse('2026-11-23T10:30:00Z')

const hashed: IdentityField = {
  field: 'hashed_email',
  value: '55e79200c1635b37ad31a378c39feb12f120f116625093a19bc32fff15041149',
}

function row(status: Delivery['status'], revisionMs: number): Delivery {
  const segment = 'ups:7841ba61'
  const remoteId = externalSegmentKey(settings.sourceKey, segment)
  return { identities: [], segment, remoteId, status, revisionMs }
}

function lineOf(
  one: Delivery,
  field: IdentityField = hashed,
  at: number = nowMs,
  changes: Parameters<typeof testSettings>[0] = {},
): string {
  const [membership] = planMemberships([{ row: one, fields: [field] }])
  if (membership === undefined) throw new Error('no membership')
  return membershipLine(membership, testSettings(changes), at)
}

test('the lines of the proposal, byte by byte, with one identity each', () => {
  const join = { ...row('realized', 1_716_200_000_000) }
  expect(lineOf(join, hashed, 1_716_200_000_000)).toBe(
    `{"source_key":"57bf424dc10","external_segment_key":"57bf424dc10_7841ba61","action":"join","ts":1716200000,"hashed_email":"${hashed.value}"}\n`,
  )
  const idfa = { field: 'idfa', value: 'AEBE52E7-03EE-455A-B3C4-E57283966239' } as const
  expect(lineOf(row('exited', 1_716_203_600_000), idfa)).toBe(
    `{"source_key":"57bf424dc10","external_segment_key":"57bf424dc10_7841ba61","action":"leave","ts":1716203600,"idfa":"${idfa.value}"}\n`,
  )
})

test('milliseconds are kept, in either unit', () => {
  const change = row('realized', nowMs + 7)
  expect(lineOf(change)).toContain(`"ts":${nowMs / 1000}.007,`)
  expect(lineOf(change, hashed, nowMs, { timeUnit: 'milliseconds' })).toContain(
    `"ts":${nowMs + 7},`,
  )
})

test('times of different milliseconds stay different and in order, written as seconds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4_102_444_800_000 }), (ms) => {
      const written = [ms - 1, ms].map((at) => JSON.stringify(at / 1000))
      expect(written[1]).toMatch(/^\d+(\.\d{1,3})?$/)
      expect(Number(written[0])).toBeLessThan(Number(written[1]))
    }),
    { seed, numRuns: 2_000 },
  )
})

test('of rows about one identity and segment the newest revision stands, and exited wins a tie', () => {
  const other = { ...row('realized', 1), remoteId: '57bf424dc10_other' }
  const all = [row('realized', 2), row('exited', 3), row('realized', 3), row('realized', 1), other]
  const planned = planMemberships(all.map((one) => ({ row: one, fields: [hashed] })))
  expect(planned.map((one) => one.row)).toEqual([all[1], other])
})

test('the longest line is far below what a record may hold', () => {
  const segment = `${'n'.repeat(256)}:${'😀'.repeat(128)}`
  const sourceKey = 'k'.repeat(64)
  const remoteId = externalSegmentKey(sourceKey, segment)
  const one = { ...row('realized', nowMs + 1), segment, remoteId }
  expect(lineOf(one, hashed, nowMs, { sourceKey }).length).toBeLessThan(
    callLimits.maxRecordBytes / 1_000,
  )
})

/** What the proposal asks of the other end: per segment and identity the newest time counts; a time seen before changes nothing. */
function consume(lines: readonly string[]): ReadonlyMap<string, string> {
  const state = new Map<string, { readonly ts: number; readonly action: string }>()
  for (const line of lines) {
    const { external_segment_key: key, action, ts, ...identity } = JSON.parse(line)
    delete identity.source_key
    const at = `${key}/${JSON.stringify(identity)}`
    const known = state.get(at)
    if (known === undefined || ts > known.ts) state.set(at, { ts, action })
  }
  return new Map([...state].map(([at, { action }]) => [at, action]))
}

test('whatever is repeated, refreshed, late or out of order, the end is the newest state', () => {
  const fields = identityNamespaces.map((namespace) => {
    const uuid = 'e4fe9bde-caa0-47b6-908d-ffba3fa184f2'
    const id = {
      email_lc_sha256: hashed.value,
      ECID: '1'.repeat(38),
      GAID: uuid,
      IDFA: uuid.toUpperCase(),
    }[namespace]
    const found = identityField(`${namespace}:${id}`, identityNamespaces)
    if (typeof found !== 'object') throw new Error(namespace)
    return found
  })
  // A change, and then some sendings of the state that it led to: at once, or hours and weeks later.
  const step = fc.record({
    gapMs: fc.oneof(fc.integer({ min: 1, max: 1_500 }), fc.integer({ min: 1, max: 800 * hourMs })),
    sendAfterMs: fc.array(
      fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: 30 * 24 * hourMs })),
      { minLength: 1, maxLength: 4 },
    ),
    /** How long the next change is on its way, unseen by who sends. */
    unseenMs: fc.integer({ min: 0, max: 11 * hourMs }),
  })
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      fc.infiniteStream(fc.nat()),
      (steps, startsInside, draws) => {
        const lines: string[] = []
        let atMs = Date.parse('2026-01-01T00:00:00Z')
        let inside = startsInside
        for (const [index, { gapMs, sendAfterMs, unseenMs }] of steps.entries()) {
          atMs += gapMs
          inside = !inside
          const one = row(inside ? 'realized' : 'exited', atMs)
          const next = steps[index + 1]
          // Sent by current state: nothing of this state is sent once the next change was seen.
          const untilMs = next === undefined ? Number.POSITIVE_INFINITY : next.gapMs + unseenMs
          const sentAfter = sendAfterMs.map((after) => Math.min(after, untilMs))
          for (const after of sentAfter) {
            const checked = [{ row: one, fields }]
            for (const membership of planMemberships(checked)) {
              lines.push(membershipLine(membership, settings, atMs + after))
            }
          }
        }
        const shuffled = [...lines, ...lines]
          .map((line) => ({ line, draw: draws.next().value }))
          .toSorted((left, right) => left.draw - right.draw)
          .map(({ line }) => line)
        const end = consume(shuffled)
        expect(end.size).toBe(4)
        expect(new Set(end.values())).toEqual(new Set([inside ? 'join' : 'leave']))
      },
    ),
    { seed, numRuns: 500 },
  )
})
