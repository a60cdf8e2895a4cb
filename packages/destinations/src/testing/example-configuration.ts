import { configurationOf, type Configuration } from '../configuration/configuration.ts'
import type { Document, Kind, Kinds } from '../configuration/documents.ts'
import { profileStoreSpecId, destinationSpecId, specVersion } from '../connect/catalog.ts'
import {
  organisationDefaults,
  organisationId,
  type Entitlements,
} from '../organisation/organisation.ts'

type Values = { readonly [K in Kind]?: Readonly<Record<string, Kinds[K]>> }

/** A configuration of these values, by kind and id. All were written at once, by nobody. */
export function exampleConfiguration(values: Values): Configuration {
  const documents = Object.entries(values).map(([kind, ofKind]) => [
    kind,
    new Map(
      Object.entries<Kinds[Kind]>(ofKind).map(([id, value]): [string, Document<Kind>] => [
        id,
        {
          id,
          etag: JSON.stringify(JSON.stringify(value)),
          createdAtMs: 1,
          updatedAtMs: 1,
          createdBy: 'nobody',
          updatedBy: 'nobody',
          value,
        },
      ]),
    ),
  ])
  return configurationOf(1, Object.fromEntries(documents))
}

/** An organisation that is entitled to everything, but for what is said. */
export function entitledTo(entitlements: Partial<Entitlements> = {}): Pick<Values, 'organisation'> {
  const solutions = [
    'audience-manager',
    'analytics',
    'advertising-cloud',
    'campaign',
    'target',
    'marketo',
  ]
  const all = { tier: 'prime', solutions, audienceManagerLicence: true } as const
  return {
    organisation: {
      [organisationId]: { ...organisationDefaults, entitlements: { ...all, ...entitlements } },
    },
  }
}

const named = { sandboxName: 'prod', name: 'Example', description: '' }

/** A connection to the destination, or to the profile store. */
export function exampleConnection(to: 'destination' | 'profileStore'): Kinds['connection'] {
  const id = to === 'destination' ? destinationSpecId : profileStoreSpecId
  return { ...named, connectionSpec: { id, version: specVersion }, state: 'enabled' }
}

export function exampleTarget(
  solutions: readonly string[],
  marketingActions: readonly string[] = [],
): Kinds['targetConnection'] {
  return {
    ...named,
    baseConnectionId: 'base',
    connectionSpec: { id: destinationSpecId, version: specVersion },
    params: { solutions, activationDelayMs: 0, marketingActions },
  }
}

/** @param segments segment → solutions */
export function exampleFlow(
  segments: Readonly<Record<string, readonly string[]>>,
  state: 'enabled' | 'disabled' = 'enabled',
): Kinds['flow'] {
  return {
    ...named,
    state,
    sourceConnectionId: 'source',
    targetConnectionId: 'target',
    selectors: Object.entries(segments).map(([segment, solutions]) => ({
      segment,
      solutions,
      createdAtMs: 1,
      updatedAtMs: 1,
    })),
    backfills: [],
    held: false,
  }
}

export function exampleSegment(id: string, labels: readonly string[] = []): Kinds['segment'] {
  return {
    sandboxName: 'prod',
    namespace: 'ups',
    id,
    name: `Segment ${id}`,
    description: '',
    labels,
    evaluation: 'continuous',
    origin: 'registered',
  }
}
