import { backfillOrdersLimit } from '@segue/runtime'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Configuration } from '../configuration/configuration.ts'
import type { Document } from '../configuration/documents.ts'
import { Refusal } from '../configuration/refusal.ts'
import { destinationSpecId, flowSpecId, profileStoreSpecId } from '../connect/catalog.ts'
import {
  createConnection,
  deleteConnection,
  patchConnection,
} from '../connect/connection-commands.ts'
import type { ConnectionKind } from '../connect/connection-views.ts'
import { organisationDocument } from '../organisation/organisation-document.ts'
import { deleteSegment, registerSegment } from '../segment/segment-commands.ts'
import { segmentDocumentId } from '../segment/definition.ts'
import {
  selector,
  startService,
  testSolutions,
  transformations,
  type TestService,
} from '../testing/test-service.ts'
import { actOnFlow, createFlow, deleteFlow, patchFlow } from './flow-commands.ts'
import { projectDataflows } from './project.ts'

/** What holds whatever was done; each sentence is a rule of the seed or the engine. */
function expectRules(before: Configuration, after: Configuration): void {
  const { settings, legacySharing } = organisationDocument(after).value
  for (const kind of ['connection', 'targetConnection'] as const) {
    const count = (all: Configuration): number =>
      all.all(kind).filter(({ value }) => value.connectionSpec.id === destinationSpecId).length
    // One connection over all sandboxes, or as many as the setting allows; those that were there may stay.
    expect(count(after)).toBeLessThanOrEqual(Math.max(settings.maxConnectionsPerOrg, count(before)))
  }
  const activated = new Set<string>()
  for (const flow of after.all('flow')) {
    const { sandboxName, selectors, state, held, backfills } = flow.value
    const source = after.get('sourceConnection', flow.value.sourceConnectionId)?.value
    const target = after.get('targetConnection', flow.value.targetConnectionId)?.value
    expect([source?.sandboxName, target?.sandboxName]).toEqual([sandboxName, sandboxName])
    for (const end of [source, target]) {
      const base = after.get('connection', end?.baseConnectionId ?? '')?.value
      expect(base).toMatchObject({ sandboxName, connectionSpec: end?.connectionSpec })
    }
    expect(held && state === 'enabled').toBe(false)
    expect(legacySharing.state === 'enabled' && state === 'enabled').toBe(false)
    expect(backfills.length).toBeLessThanOrEqual(backfillOrdersLimit)
    expect(new Set(selectors.map(({ segment }) => segment)).size).toBe(selectors.length)
    for (const { segment, solutions } of selectors) {
      expect(after.get('segment', segmentDocumentId(sandboxName, segment))).toBeDefined()
      expect(solutions.length).toBeGreaterThan(0)
      for (const solution of solutions) {
        expect(target?.params.solutions).toContain(solution)
        const place = `${sandboxName} ${segment} ${solution}`
        expect(activated).not.toContain(place)
        activated.add(place)
      }
    }
    expectOwed(before.get('flow', flow.id), flow)
    expectAppended(before, after, flow)
  }
}

/** Whatever a flow that is on sends from now on, and did not before, is ordered to be sent. */
function expectOwed(before: Document<'flow'> | undefined, { value }: Document<'flow'>): void {
  if (value.state === 'disabled') return
  const known = new Set(before?.value.backfills.map(({ id }) => id))
  const orders = value.backfills.filter(({ id }) => !known.has(id))
  const wasOn = before?.value.state === 'enabled'
  for (const { segment, solutions } of value.selectors) {
    const earlier = before?.value.selectors.find((one) => one.segment === segment)
    for (const solution of solutions) {
      const isNew = !wasOn || earlier?.solutions.includes(solution) !== true
      const isOrdered = orders.some(
        (order) => order.segments.includes(segment) && order.solutions.includes(solution),
      )
      expect(isOrdered).toBe(isNew)
    }
  }
}

/** A dataflow's solutions keep their places for as long as it is there. */
function expectAppended(before: Configuration, after: Configuration, flow: Document<'flow'>): void {
  const of = (all: Configuration): readonly string[] =>
    projectDataflows(all, flow.value.sandboxName).find(({ id }) => id === flow.id)?.solutions ?? []
  expect(of(after).slice(0, of(before).length)).toEqual(of(before))
}

/** Mostly one, so that commands meet each other. */
const sandboxes = ['prod', 'prod', 'prod', 'dev'] as const
const kinds = ['connection', 'sourceConnection', 'targetConnection'] as const
const segmentIds = ['a', 'b', 'c', 'd'] as const
const selectorsPath = '/transformations/0/params/segmentSelectors/selectors'

const some = <One>(list: readonly One[]): fc.Arbitrary<One[]> =>
  fc.subarray([...list], { minLength: 1 })
const selectors = fc.array(
  fc.record(
    { id: fc.constantFrom(...segmentIds), solutions: some(testSolutions) },
    { requiredKeys: ['id'] },
  ),
  { maxLength: 4 },
)
const command = fc.record({
  kind: fc.constantFrom(
    'connect',
    'connect',
    'disconnect',
    'widen',
    'flow',
    'flow',
    'flow',
    'patch',
    'patch',
    'patch',
    'enable',
    'disable',
    'delete',
    'register',
    'register',
    'forget',
    'limit',
    'legacy',
  ),
  sandbox: fc.constantFrom(...sandboxes),
  connection: fc.constantFrom(...kinds),
  destination: fc.boolean(),
  /** Which of those that are there. */
  which: fc.nat(5),
  other: fc.nat(5),
  selectors,
  segment: fc.constantFrom(...segmentIds),
  solutions: fc.shuffledSubarray([...testSolutions], { minLength: 1 }),
})
type Command = typeof command extends fc.Arbitrary<infer One> ? One : never

/** One of those that are there, of whatever sandbox: rules have to mind that. */
function pick(all: Configuration, kind: ConnectionKind | 'flow', which: number) {
  const documents: readonly Document<ConnectionKind | 'flow'>[] = all.all(kind)
  return documents[which % Math.max(1, documents.length)] ?? { id: 'none', etag: '""' }
}

async function perform(service: TestService, one: Command): Promise<void> {
  const { sandbox, which, other } = one
  const solutions = one.solutions
  switch (one.kind) {
    case 'connect':
      await service.run((all, at) => {
        const kind = one.connection
        const isDestination =
          kind === 'targetConnection' || (kind === 'connection' && one.destination)
        return createConnection(
          all,
          kind,
          {
            name: 'C',
            connectionSpec: { id: isDestination ? destinationSpecId : profileStoreSpecId },
            baseConnectionId: pick(all, 'connection', which).id,
            params: { solutions },
          },
          at,
        )
      }, sandbox)
      break
    case 'disconnect':
      await service.run(
        (all, at) => deleteConnection(all, one.connection, pick(all, one.connection, which).id, at),
        sandbox,
      )
      break
    case 'widen':
      await service.run((all, at) => {
        const { id, etag } = pick(all, 'targetConnection', which)
        const operations = [{ op: 'replace', path: '/params/solutions', value: solutions }]
        return patchConnection(all, 'targetConnection', id, etag, operations, at)
      }, sandbox)
      break
    case 'flow':
      await service.run(
        (all, at) =>
          createFlow(
            all,
            {
              name: 'F',
              flowSpec: { id: flowSpecId },
              sourceConnectionIds: [pick(all, 'sourceConnection', which).id],
              targetConnectionIds: [pick(all, 'targetConnection', other).id],
              transformations: transformations(
                one.selectors.map(({ id, ...more }) => selector(id, more)),
              ),
            },
            at,
          ),
        sandbox,
      )
      break
    case 'patch':
      await service.run((all, at) => {
        const { id, etag } = pick(all, 'flow', which)
        const added = one.selectors.map(({ id: segment, ...more }) => ({
          op: 'add',
          path: `${selectorsPath}/-`,
          value: selector(segment, more),
        }))
        const removed = other % 2 === 0 ? [{ op: 'remove', path: `${selectorsPath}/0` }] : []
        return patchFlow(all, id, etag, [...removed, ...added], at)
      }, sandbox)
      break
    case 'enable':
    case 'disable':
      await service.run(
        (all, at) => actOnFlow(all, pick(all, 'flow', which).id, one.kind, at),
        sandbox,
      )
      break
    case 'delete':
      await service.run((all, at) => deleteFlow(all, pick(all, 'flow', which).id, at), sandbox)
      break
    case 'register':
      await service.run(
        (all, { sandboxName, newId }) =>
          registerSegment(
            all,
            { id: one.segment, name: 'S', evaluation: 'continuous' },
            { sandboxName, newId },
          ),
        sandbox,
      )
      break
    case 'forget':
      await service.run((all) => deleteSegment(all, sandbox, `ups:${one.segment}`))
      break
    case 'limit':
      await service.change((organisation) => ({
        ...organisation,
        settings: { ...organisation.settings, maxConnectionsPerOrg: 1 + (which % 3) },
      }))
      break
    case 'legacy':
      await service.change((organisation) => ({
        ...organisation,
        legacySharing: { state: which % 2 === 0 ? 'enabled' : 'disabled' },
      }))
      break
  }
}

test('in every configuration that commands lead to the rules hold, and commands fail by refusing only', async () => {
  const seen = { done: 0, flows: 0, refused: new Set<string>() }
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(true, true, true, false),
      fc.array(command, { minLength: 10, maxLength: 40 }),
      async (connected, commands) => {
        const service = await startService()
        if (connected) {
          await service.register(segmentIds)
          await service.connect()
          await service.register(segmentIds.slice(0, 2), 'dev')
        }
        for (const one of commands) {
          const before = await service.read()
          try {
            await perform(service, one)
            seen.done += 1
          } catch (error) {
            if (!(error instanceof Refusal)) throw error
            seen.refused.add(error.code)
          }
          const after = await service.read()
          expectRules(before, after)
          seen.flows += after.all('flow').length
        }
      },
    ),
    { seed: 4_711, numRuns: 250 },
  )
  // Else it would hold for want of anything to hold for.
  expect(seen.done).toBeGreaterThan(1_000)
  expect(seen.flows).toBeGreaterThan(1_000)
  for (const code of [
    'CONNECTION_LIMIT',
    'CONNECTION_IN_USE',
    'SEGMENT_ACTIVATED_ELSEWHERE',
    'SOLUTIONS_APPEND_ONLY',
    'LEGACY_INTEGRATION_ACTIVE',
    'SEGMENT_IN_USE',
    'SELECTOR_SEGMENT_UNKNOWN',
  ]) {
    expect([...seen.refused]).toContain(code)
  }
})
