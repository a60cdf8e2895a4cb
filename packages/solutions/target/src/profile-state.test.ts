import { expect, test } from 'vitest'
import type { Delivery, KnownMembership } from '@segue/solution-kit'
import { planProfiles } from './profile-state.ts'

const ways = { bulk: 'email_lc_sha256', delivery: 'ECID' }

function row(
  identities: readonly string[],
  state: Readonly<Record<string, KnownMembership['status']>>,
  revisionMs = 1,
): Delivery {
  const memberships = Object.entries(state).map(([segment, status]) => ({ segment, status }))
  const { segment = 'ups:a', status = 'realized' } = memberships[0] ?? {}
  return { identities, segment, status, remoteId: '11', revisionMs, state: memberships }
}

function attributes(plan: ReturnType<typeof planProfiles>, way: 'bulk' | 'delivery') {
  return Object.fromEntries(
    Array.from(plan[way], ([identity, state]) => [identity, Object.fromEntries(state.attributes)]),
  )
}

test('a row with both identities goes both ways, whole', () => {
  const one = row(['email_lc_sha256:e', 'ECID:1'], { 'ups:a': 'realized', 'ups:b': 'exited' })
  const plan = planProfiles([one], ways)
  const whole = { aepseg_a: 'realized', aepseg_b: 'exited' }
  expect(attributes(plan, 'bulk')).toEqual({ 'email_lc_sha256:e': whole })
  expect(attributes(plan, 'delivery')).toEqual({ 'ECID:1': whole })
  expect(plan.bulk.get('email_lc_sha256:e')?.id).toBe('e')
})

test.each([
  ['in order', 0, 1],
  ['turned round', 1, 0],
])('of two claims of one identity the newer state is sent, alone (%s)', (_how, first, second) => {
  const rows = [
    row(['email_lc_sha256:e'], { 'ups:a': 'realized', 'ups:old': 'realized' }, 1),
    row(['email_lc_sha256:e'], { 'ups:a': 'exited' }, 2),
  ]
  const plan = planProfiles([rows[first] as Delivery, rows[second] as Delivery], ways)
  expect(attributes(plan, 'bulk')).toEqual({ 'email_lc_sha256:e': { aepseg_a: 'exited' } })
  expect(plan.rows).toHaveLength(2)
})

test.each([
  ['realized', 'exited'],
  ['exited', 'realized'],
] as const)('of one revision exited wins (%s, %s)', (first, second) => {
  const rows = [
    row(['ECID:1'], { 'ups:a': first, 'ups:b': 'realized' }),
    row(['ECID:1'], { 'ups:a': second }),
  ]
  expect(attributes(planProfiles(rows, ways), 'delivery')).toEqual({
    'ECID:1': { aepseg_a: 'exited', aepseg_b: 'realized' },
  })
})

const unusable = ['a+b', 'a/b', 'a,b', 'a"b', 'a b', '', 'a'.repeat(129)].map(
  (id) => `email_lc_sha256:${id}`,
)

test('rows that cannot be sent say why and touch nobody', () => {
  const good = row(['ECID:1'], { 'ups:a': 'realized' })
  const { state: _state, ...bare } = good
  const many = Object.fromEntries(
    Array.from({ length: 2_000 }, (_, n) => [`ups:${'x'.repeat(40)}${n}`, 'exited' as const]),
  )
  const plan = planProfiles(
    [
      { ...good, remoteId: 'no such thing', identities: ['ECID:2'] },
      { ...bare, identities: ['ECID:3'] },
      { ...row(['ECID:4'], { 'ups:b': 'realized' }), segment: 'ups:a' },
      { ...good, identities: ['GAID:1', ...unusable] },
      row(['ECID:5'], many),
      good,
    ],
    ways,
  )
  expect(plan.rows).toMatchObject([
    { code: 'REMOTE_ID_INVALID', kind: 'failed' },
    { code: 'STATE_MISSING', kind: 'failed' },
    { code: 'STATE_MISSING', kind: 'failed' },
    { code: 'IDENTITY_NOT_TAKEN', kind: 'excluded' },
    { code: 'PROFILE_TOO_LARGE', kind: 'failed' },
    { bulk: [], delivery: ['ECID:1'] },
  ])
  expect([...plan.delivery.keys()]).toEqual(['ECID:1'])
  expect(plan.bulk.size).toBe(0)
})

test('a way that is switched off takes nothing', () => {
  const one = row(['email_lc_sha256:e', 'ECID:1'], { 'ups:a': 'realized' })
  const plan = planProfiles([one], { bulk: undefined, delivery: 'ECID' })
  expect(plan.bulk.size).toBe(0)
  expect(plan.rows).toEqual([{ bulk: [], delivery: ['ECID:1'] }])
})
