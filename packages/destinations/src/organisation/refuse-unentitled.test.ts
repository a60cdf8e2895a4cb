import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  entitledTo,
  exampleConfiguration,
  exampleConnection,
  exampleFlow,
  exampleTarget,
} from '../testing/example-configuration.ts'
import type { Entitlements } from './organisation.ts'
import { refuseUnentitled } from './refuse-unentitled.ts'

interface Parts {
  readonly entitlements?: Partial<Entitlements>
  readonly connection?: 'destination' | 'profileStore'
  readonly target?: readonly string[]
  readonly flow?: ReturnType<typeof exampleFlow>
}
const configured = ({ entitlements, connection, target, flow }: Parts) =>
  exampleConfiguration({
    ...entitledTo(entitlements),
    connection: connection === undefined ? {} : { base: exampleConnection(connection) },
    targetConnection: target === undefined ? {} : { target: exampleTarget(target) },
    flow: flow === undefined ? {} : { flow },
  })
/** The code that a change is refused with; undefined: it is taken. */
function refusalOf(before: Parts, change: Parts): string | undefined {
  try {
    refuseUnentitled(configured(before), configured({ ...before, ...change }))
    return undefined
  } catch (error) {
    return (error as { readonly code: string }).code
  }
}

test.each(['prime', 'ultimate'] as const)('the tier %s may connect', (tier) => {
  const entitlements = { tier, solutions: ['target'], audienceManagerLicence: false }
  expect(refusalOf({ entitlements }, { connection: 'destination' })).toBeUndefined()
  expect(refusalOf({ entitlements }, { target: ['target'] })).toBeUndefined()
  const flow = exampleFlow({ 'ups:a': ['target'] })
  expect(refusalOf({ entitlements, target: ['target'] }, { flow })).toBeUndefined()
})

test.each([
  ['a connection', { connection: 'destination' }],
  ['a target connection', { target: [] }],
  ['a flow', { flow: exampleFlow({}, 'disabled') }],
] as const)('without the tier %s is refused', (_, change) => {
  expect(refusalOf({ entitlements: { tier: 'none' } }, change)).toBe('TIER_MISSING')
})

test('the source, which is the Platform’s own, needs nothing', () => {
  const entitlements = { tier: 'none' } as const
  expect(refusalOf({ entitlements }, { connection: 'profileStore' })).toBeUndefined()
})

test('an organisation that nobody has described is entitled to nothing', () => {
  const base = exampleConfiguration({})
  const after = exampleConfiguration({ connection: { base: exampleConnection('destination') } })
  expect(() => refuseUnentitled(base, after)).toThrow(
    expect.objectContaining({ code: 'TIER_MISSING' }),
  )
})

test('only provisioned solutions are connected and activated', () => {
  const entitlements = { solutions: ['target'] }
  const refused = 'SOLUTION_NOT_PROVISIONED'
  expect(refusalOf({ entitlements }, { target: ['target', 'marketo'] })).toBe(refused)
  const flow = exampleFlow({ 'ups:a': ['target'], 'ups:b': ['marketo'] }, 'disabled')
  expect(refusalOf({ entitlements, target: ['target'] }, { flow })).toBe(refused)
})

test('Audience Manager needs its licence, and no other solution does', () => {
  const entitlements = { audienceManagerLicence: false }
  const others = ['analytics', 'advertising-cloud', 'campaign', 'target', 'marketo']
  expect(refusalOf({ entitlements }, { target: others })).toBeUndefined()
  const flow = exampleFlow({ 'ups:a': others })
  expect(refusalOf({ entitlements, target: others }, { flow })).toBeUndefined()
  expect(refusalOf({ entitlements }, { target: [...others, 'audience-manager'] })).toBe(
    'AUDIENCE_MANAGER_LICENCE_MISSING',
  )
  // Nor is the licence enough without being provisioned.
  expect(refusalOf({ entitlements: { solutions: others } }, { target: ['audience-manager'] })).toBe(
    'SOLUTION_NOT_PROVISIONED',
  )
})

test('an entitlement that ends stops nothing that is there, but nothing more is started', () => {
  const flow = exampleFlow({ 'ups:a': ['target'] })
  const running: Parts = { connection: 'destination', target: ['target'], flow }
  const ended = { entitlements: { solutions: ['marketo'] } }
  expect(refusalOf(running, ended)).toBeUndefined()
  const left = { ...running, ...ended }
  const change = (segments: Record<string, string[]>, state?: 'disabled'): string | undefined =>
    refusalOf(left, { flow: exampleFlow(segments, state) })
  expect(refusalOf(left, { flow: { ...flow, name: 'Another' } })).toBeUndefined()
  expect(change({})).toBeUndefined()
  expect(change({ 'ups:a': ['target'] }, 'disabled')).toBeUndefined()
  expect(refusalOf(left, { target: ['target', 'marketo'] })).toBeUndefined()
  expect(change({ 'ups:a': ['target'], 'ups:b': ['marketo'] })).toBeUndefined()
  expect(change({ 'ups:a': ['target'], 'ups:b': ['target'] })).toBe('SOLUTION_NOT_PROVISIONED')
  const paused = { ...left, flow: exampleFlow({ 'ups:a': ['target'] }, 'disabled') }
  expect(refusalOf(paused, { flow })).toBe('SOLUTION_NOT_PROVISIONED')
  expect(refusalOf({ ...paused, entitlements: { tier: 'none' } }, { flow })).toBe('TIER_MISSING')
})

// While nothing is taken away, whatever is done in whatever order: nothing is connected that is not entitled to.

const solutions = ['target', 'marketo', 'audience-manager']
const steps = fc.oneof(
  fc.record({
    entitlements: fc.record({
      tier: fc.constantFrom('none' as const, 'prime' as const),
      solutions: fc.subarray(solutions),
      audienceManagerLicence: fc.boolean(),
    }),
  }),
  fc.record({ target: fc.subarray(solutions) }),
  fc.record({ connection: fc.constantFrom('destination' as const, 'profileStore' as const) }),
  fc.record({
    flow: fc
      .tuple(fc.subarray(solutions), fc.constantFrom('enabled' as const, 'disabled' as const))
      .map(([used, state]) => exampleFlow({ 'ups:a': used }, state)),
  }),
)
/** Whether more is in use than what one is entitled to: another reading of the rule. */
function exceeds({ entitlements, connection, target, flow }: Parts): boolean {
  const used = new Set([...(target ?? []), ...(flow?.selectors[0]?.solutions ?? [])])
  const isAnything = connection === 'destination' || target !== undefined || flow !== undefined
  return (
    (isAnything && entitlements?.tier === 'none') ||
    [...used].some((solution) => entitlements?.solutions?.includes(solution) === false) ||
    (used.has('audience-manager') && entitlements?.audienceManagerLicence === false)
  )
}

test('no sequence of changes connects what there is no entitlement for', () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 20 }), (changes) => {
      let parts: Parts = { entitlements: { tier: 'none' } }
      for (const change of changes) {
        const next = { ...parts, ...change }
        const isLess = 'entitlements' in change
        const refused = refusalOf(parts, change) !== undefined
        // What is entitled to may change freely; leave out what would be taken away from what is there.
        expect(refused).toBe(!isLess && exceeds(next))
        if (!refused && !(isLess && exceeds(next))) parts = next
      }
    }),
    { seed: 44, numRuns: 300 },
  )
})
