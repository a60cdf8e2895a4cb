import type { Gateway } from './gateway.ts'
import {
  adding,
  ask,
  createItem,
  listItems,
  patchItem,
  segmentOf,
  selectorFor,
  selectorsOf,
  send,
  type FlowServiceItem,
} from './flow-service.ts'
import { expectSuccess } from './http-json.ts'

/** What one connects and activates. */
export interface Wanted {
  readonly name: string
  readonly activationDelayMs: number
  readonly solutions: readonly string[]
  /** `namespace:id` → its name. */
  readonly segments: ReadonlyMap<string, string>
}

/** Segments that a flow may have. */
const segmentsPerFlow = 250
const unprocessable = 422
const segmentsPath = '/data/core/ups/segment/definitions'

/** As the organisation is read and written, as far as it is changed here. */
interface Organisation {
  readonly etag: string
  readonly entitlements: object
}

/** States what contract the organisation has, so that it may share with these solutions; and how many connections it may have. */
export async function entitle(
  gateway: Gateway,
  solutions: readonly string[],
  maxConnectionsPerOrg?: number,
): Promise<void> {
  const path = '/v1/organisation'
  const { etag } = await ask<Organisation>(gateway, 'GET', path)
  const entitlements = { tier: 'ultimate', solutions, audienceManagerLicence: true }
  const operations = [
    { op: 'replace', path: '/entitlements', value: entitlements },
    ...(maxConnectionsPerOrg === undefined
      ? []
      : [
          {
            op: 'replace',
            path: '/settings/maxConnectionsPerOrg',
            value: maxConnectionsPerOrg,
          },
        ]),
  ]
  await ask(gateway, 'PATCH', path, operations, etag)
}

/** Registers segments with their names; those that are registered keep theirs. */
export async function registerSegments(
  gateway: Gateway,
  segments: ReadonlyMap<string, string>,
): Promise<void> {
  for (const [segment, name] of segments) {
    const colon = segment.indexOf(':')
    const body = { namespace: segment.slice(0, colon), id: segment.slice(colon + 1), name }
    const answer = await send(gateway, 'POST', segmentsPath, body)
    if (answer.status !== unprocessable) expectSuccess('the gateway', answer)
  }
}

/** Gives a segment another name. */
export async function renameSegment(
  gateway: Gateway,
  segment: string,
  name: string,
): Promise<void> {
  const path = `${segmentsPath}/${encodeURIComponent(segment)}`
  await ask(gateway, 'PATCH', path, [{ op: 'replace', path: '/name', value: name }])
}

/** A connection as it stands: what flows are made between. */
export interface Ends {
  readonly sourceId: string
  readonly target: Pick<FlowServiceItem, 'id' | 'params'>
}

/** The two specs of the catalog. */
async function specsOf(gateway: Gateway): Promise<{
  readonly profileStore: { readonly id: string }
  readonly destination: { readonly id: string }
}> {
  const find = async (name: string): Promise<{ readonly id: string }> => {
    const [spec] = await listItems(gateway, 'connectionSpecs', `name==${name}`)
    if (spec === undefined) throw new Error(`the catalog has no ${name}`)
    return { id: spec.id }
  }
  return {
    profileStore: await find('Profile Store'),
    destination: await find('Experience Cloud Audiences'),
  }
}

/** Sets a connection up from nothing: the profile store, the destination, and how it is used. */
export async function connect(
  gateway: Gateway,
  { name, activationDelayMs, solutions }: Omit<Wanted, 'segments'>,
): Promise<Ends> {
  const { profileStore, destination } = await specsOf(gateway)
  const platformId = await createItem(gateway, 'connections', {
    name: 'Profile store',
    connectionSpec: profileStore,
  })
  const sourceId = await createItem(gateway, 'sourceConnections', {
    name: 'Profiles',
    connectionSpec: profileStore,
    baseConnectionId: platformId,
  })
  const baseConnectionId = await createItem(gateway, 'connections', {
    name,
    connectionSpec: destination,
  })
  const params = { solutions, activationDelayMs, marketingActions: [] }
  const id = await createItem(gateway, 'targetConnections', {
    name,
    connectionSpec: destination,
    baseConnectionId,
    params,
  })
  return { sourceId, target: { id, params } }
}

/**
 * Sees to it that all segments are activated for all solutions: connects where nothing is connected yet, adds what is missing, and
 * takes nothing away.
 *
 * @returns ids of the flows that activate
 */
export async function activateAll(gateway: Gateway, wanted: Wanted): Promise<readonly string[]> {
  await entitle(gateway, wanted.solutions)
  await registerSegments(gateway, wanted.segments)
  const ends = (await present(gateway, wanted)) ?? (await connect(gateway, wanted))
  const flows = await listItems(gateway, 'flows', `targetConnectionIds[]==${ends.target.id}`)
  const ids = flows.map(({ id }) => id)
  const activated = new Set(flows.flatMap((flow) => selectorsOf(flow).map(segmentOf)))
  let missing = [...wanted.segments.keys()].filter((segment) => !activated.has(segment))
  for (const flow of flows) {
    const room = segmentsPerFlow - selectorsOf(flow).length
    const added = missing.slice(0, room)
    missing = missing.slice(added.length)
    await patchItem(gateway, 'flows', flow.id, added.map(adding))
  }
  while (missing.length > 0 || ids.length === 0) {
    ids.push(await createFlow(gateway, wanted.name, ends, missing.slice(0, segmentsPerFlow)))
    missing = missing.slice(segmentsPerFlow)
  }
  return ids
}

/** The connection that an earlier start has made, with its delay and solutions as they are wanted now. */
async function present(gateway: Gateway, wanted: Wanted): Promise<Ends | undefined> {
  const [target] = await listItems(gateway, 'targetConnections')
  const [source] = await listItems(gateway, 'sourceConnections')
  if (target === undefined || source === undefined) return undefined
  const { solutions, activationDelayMs } = target.params
  const added = wanted.solutions.filter((solution) => !solutions.includes(solution))
  const operations = [
    ...added.map((value) => ({ op: 'add', path: '/params/solutions/-', value })),
    ...(activationDelayMs === wanted.activationDelayMs
      ? []
      : [{ op: 'replace', path: '/params/activationDelayMs', value: wanted.activationDelayMs }]),
  ]
  await patchItem(gateway, 'targetConnections', target.id, operations)
  return { sourceId: source.id, target }
}

/** @param segments activated for all solutions of the connection. @returns the flow's id */
export async function createFlow(
  gateway: Gateway,
  name: string,
  { sourceId, target }: Ends,
  segments: readonly string[],
): Promise<string> {
  const [flowSpec] = await listItems(gateway, 'flowSpecs')
  return createItem(gateway, 'flows', {
    name,
    flowSpec: { id: flowSpec?.id },
    sourceConnectionIds: [sourceId],
    targetConnectionIds: [target.id],
    transformations: [
      {
        name: 'GeneralTransform',
        params: {
          segmentSelectors: { selectors: segments.map((segment) => selectorFor(segment)) },
          profileSelectors: { selectors: [] },
        },
      },
    ],
  })
}
