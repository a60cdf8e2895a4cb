import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Configuration } from '../configuration/configuration.ts'
import type { Kinds } from '../configuration/documents.ts'
import {
  exampleConfiguration,
  exampleFlow,
  exampleSegment,
  exampleTarget,
} from '../testing/example-configuration.ts'
import type { Policy } from './policy.ts'
import { refuseViolations } from './refuse-violations.ts'
import { violationsOf } from './violations.ts'

const policy = (change: Partial<Policy> = {}): Policy => ({
  name: 'No such mails',
  description: '',
  status: 'ENABLED',
  marketingActions: ['core/emailTargeting'],
  deny: { operator: 'OR', operands: [{ label: 'C4' }, { label: 'S1' }] },
  ...change,
})

interface Parts {
  readonly labels?: readonly string[]
  readonly others?: readonly string[]
  readonly actions?: readonly string[]
  readonly flow?: Kinds['flow']
  readonly policy?: Policy
  readonly core?: readonly string[]
}
/** A flow that activates `ups:a` and `ups:b`; what the parts leave out violates nothing. */
function configured(parts: Parts): Configuration {
  const flow = parts.flow ?? exampleFlow({ 'ups:a': ['target'], 'ups:b': ['marketo'] })
  return exampleConfiguration({
    flow: { flow },
    targetConnection: { target: exampleTarget(['target', 'marketo'], parts.actions ?? []) },
    segment: {
      'prod/ups:a': exampleSegment('a', parts.labels ?? []),
      'prod/ups:b': exampleSegment('b', parts.others ?? []),
      'dev/ups:a': { ...exampleSegment('a', ['C4', 'C5', 'S1', 'C11']), sandboxName: 'dev' },
    },
    policy: parts.policy === undefined ? {} : { policy: parts.policy },
    corePolicies: parts.core === undefined ? {} : { corePolicies: { enabled: parts.core } },
  })
}
/** What a change is refused with; undefined: it is taken. */
function refusalOf(before: Configuration, after: Configuration): unknown {
  try {
    refuseViolations(before, after)
    return undefined
  } catch (error) {
    return error
  }
}
const violation = expect.objectContaining({ code: 'POLICY_VIOLATION' })
const taken = (before: Parts, change: Parts): boolean =>
  refusalOf(configured(before), configured({ ...before, ...change })) === undefined

const mails = ['emailTargeting']
const violating: Parts = {
  labels: ['C1', 'S1'],
  actions: mails,
  policy: policy(),
  flow: exampleFlow({ 'ups:a': ['target'], 'ups:b': ['marketo'] }),
}

test.each([
  ['activating a segment', { flow: exampleFlow({ 'ups:b': ['target'] }) }],
  ['labelling it', { labels: ['C1'] }],
  ['using the destination for something else', { actions: ['analytics'] }],
  ['enabling a draft', { policy: policy({ status: 'DRAFT' }) }],
  ['enabling a policy', { policy: policy({ status: 'DISABLED' }) }],
  ['changing when a policy denies', { policy: policy({ deny: { label: 'C4' } }) }],
  ['changing what a policy is about', { policy: policy({ marketingActions: ['core/analytics'] }) }],
])('%s is refused where it brings a violation', (_, before) => {
  expect(taken({ ...violating, ...before }, violating)).toBe(false)
  // And the other way round it is no violation.
  expect(taken(violating, before)).toBe(true)
})

test('a core policy restricts once it is enabled', () => {
  const labelled = { labels: ['C5'], actions: ['EMAIL_TARGETING'] }
  expect(taken({}, labelled)).toBe(true)
  expect(taken(labelled, { core: ['corepolicy_0001'] })).toBe(false)
  expect(taken(labelled, { core: ['corepolicy_0002'] })).toBe(true)
})

test('labels, marketing actions and drafts restrict nothing by themselves', () => {
  const all = Array.from({ length: 12 }, (_, place) => `C${place + 1}`)
  expect(taken({}, { labels: all, actions: ['exportToThirdParty', 'emailTargeting'] })).toBe(true)
  expect(taken({}, { ...violating, policy: policy({ status: 'DRAFT' }) })).toBe(true)
  expect(taken({}, { ...violating, policy: policy({ status: 'DISABLED' }) })).toBe(true)
})

test('labels count for each segment alone, by their exact names', () => {
  const both = policy({ deny: { operator: 'AND', operands: [{ label: 'C1' }, { label: 'C2' }] } })
  expect(taken({}, { labels: ['C1'], others: ['C2'], actions: mails, policy: both })).toBe(true)
  expect(taken({}, { labels: ['C1', 'C2'], actions: mails, policy: both })).toBe(false)
  expect(taken({}, { ...violating, labels: ['s1', 'c4'] })).toBe(true)
})

test('what was there before is not held against a change, but for a flow that it enables', () => {
  const paused = { ...violating, flow: exampleFlow({ 'ups:a': ['target'] }, 'disabled') }
  const running = { ...violating, flow: exampleFlow({ 'ups:a': ['target'] }) }
  expect(taken(violating, { others: ['C9'] })).toBe(true)
  expect(taken(running, { flow: paused.flow })).toBe(true)
  expect(taken(running, { policy: policy({ deny: { label: 'S1' } }) })).toBe(true)
  expect(taken(paused, { flow: running.flow })).toBe(false)
  expect(taken(violating, { others: ['C4'] })).toBe(false)
})

test('the refusal names the policy, the labels, the action, the places and what to do', () => {
  const before = configured({ ...violating, labels: ['C1'] })
  const after = configured(violating)
  const refusal = refusalOf(before, after)
  expect(refusal).toEqual(violation)
  expect(refusal).toMatchObject({
    message:
      'the policy "No such mails" (C4 OR S1) denies core/emailTargeting for the segment ups:a, which has S1',
    fields: {
      violationCount: 1,
      violations: [
        {
          policyId: 'policy',
          policyName: 'No such mails',
          condition: 'C4 OR S1',
          labels: ['core/S1'],
          marketingAction: 'core/emailTargeting',
          segment: { id: 'ups:a', name: 'Segment a' },
          flow: { id: 'flow', name: 'Example' },
          sandboxName: 'prod',
          triggeredBy: ['segment'],
          remedies: [
            expect.stringContaining('labels off the segment ups:a'),
            expect.stringContaining('the target connection target'),
            expect.stringContaining('the flow flow'),
            expect.stringContaining('the policy policy'),
          ],
          lineage: {
            nodes: [
              { type: 'segment', id: 'ups:a', labels: ['core/S1'], current: true },
              { type: 'flow', id: 'flow', current: false },
              { type: 'destination', id: 'target', current: false },
              { type: 'policy', id: 'policy', current: false },
            ],
            edges: [
              { from: 'ups:a', to: 'flow' },
              { from: 'flow', to: 'target' },
              { from: 'target', to: 'policy' },
            ],
          },
        },
      ],
    },
  })
})

test('many violations are counted, and some of them listed', () => {
  const ids = Array.from({ length: 30 }, (_, place) => `s${place}`)
  const after = exampleConfiguration({
    flow: { flow: exampleFlow(Object.fromEntries(ids.map((id) => [`ups:${id}`, ['target']]))) },
    targetConnection: { target: exampleTarget(['target'], mails) },
    segment: Object.fromEntries(ids.map((id) => [`prod/ups:${id}`, exampleSegment(id, ['C4'])])),
    policy: { policy: policy() },
  })
  expect(refusalOf(configured({}), after)).toMatchObject({
    fields: { violationCount: 30, violations: { length: 20 } },
  })
  expect(violationsOf(after, 'flow')).toHaveLength(30)
  expect(violationsOf(after, 'another')).toEqual([])
})

// Whatever is done in whatever order: nothing that is accepted violates, nothing that does not is refused.

const labelSets = fc.subarray(['C1', 'C2', 'S1'])
const expressions = fc.constantFrom<Policy['deny']>(
  { label: 'S1' },
  { operator: 'AND', operands: [{ label: 'C1' }, { label: 'C2' }] },
  { operator: 'OR', operands: [{ label: 'C2' }, { label: 'S1' }] },
)
const steps = fc.oneof(
  fc.record({ labels: labelSets }),
  fc.record({ others: labelSets }),
  fc.record({ actions: fc.subarray(['analytics', 'core/emailTargeting', 'DATA_SCIENCE']) }),
  fc.record({
    flow: fc
      .tuple(
        fc.subarray(['ups:a', 'ups:b']),
        fc.constantFrom('enabled' as const, 'disabled' as const),
      )
      .map(([segments, state]) =>
        exampleFlow(Object.fromEntries(segments.map((id) => [id, ['target']])), state),
      ),
  }),
  fc.record({
    policy: fc
      .record({
        deny: expressions,
        status: fc.constantFrom('DRAFT' as const, 'ENABLED' as const, 'DISABLED' as const),
        marketingActions: fc.subarray([
          'core/analytics',
          'core/emailTargeting',
          'core/dataScience',
        ]),
      })
      .map(policy),
  }),
)

/** Another reading of the rule, of this example alone. */
function violates(parts: Parts): boolean {
  if (parts.policy?.status !== 'ENABLED') return false
  const used = (parts.actions ?? []).map(
    (action) =>
      ({ analytics: 'core/analytics', DATA_SCIENCE: 'core/dataScience' })[action] ?? action,
  )
  const { deny, marketingActions } = parts.policy
  if (!used.some((action) => marketingActions.includes(action))) return false
  const isDenied = (labels: readonly string[]): boolean => {
    if ('label' in deny) return labels.includes('S1')
    return deny.operator === 'AND'
      ? labels.includes('C1') && labels.includes('C2')
      : labels.includes('C2') || labels.includes('S1')
  }
  const activated = (parts.flow?.selectors ?? []).map(({ segment }) => segment)
  return (
    (activated.includes('ups:a') && isDenied(parts.labels ?? [])) ||
    (activated.includes('ups:b') && isDenied(parts.others ?? []))
  )
}

test('no sequence of changes leads to a violation, and none is refused without one', () => {
  const seen = { taken: 0, refused: 0 }
  const first: Parts = {
    flow: exampleFlow({ 'ups:a': ['target'], 'ups:b': ['target'] }),
    actions: ['core/emailTargeting'],
    policy: policy({ deny: { label: 'S1' } }),
  }
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 25 }), (changes) => {
      let parts = first
      for (const change of changes) {
        const next = { ...parts, ...change }
        const refused = !taken(parts, change)
        expect(refused).toBe(violates(next))
        seen[refused ? 'refused' : 'taken'] += 1
        if (!refused) parts = next
      }
    }),
    { seed: 43, numRuns: 200 },
  )
  expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(50)
})
