import type { Configuration } from '../configuration/configuration.ts'
import { configure, type Decision, type Write } from '../configuration/configure.ts'
import type { ConfigurationStore } from '../configuration/store.ts'
import { destinationSpecId, flowSpecId, profileStoreSpecId } from '../connect/catalog.ts'
import {
  createConnection,
  type CommandContext,
  type IdAndEtag,
} from '../connect/connection-commands.ts'
import { createFlow, flowOf } from '../flow/flow-commands.ts'
import type { Flow } from '../flow/flow.ts'
import { organisationDocument } from '../organisation/organisation-document.ts'
import type { Organisation } from '../organisation/organisation.ts'
import { registerSegment } from '../segment/segment-commands.ts'
import { memoryConfiguration } from './memory-configuration.ts'

export const testSolutions: readonly string[] = ['marketo', 'target', 'campaign']

/** The destination service of one organisation in memory, as tests use it. */
export interface TestService {
  readonly store: ConfigurationStore
  /** Moves by one with each command. */
  readonly clock: { nowMs: number }
  readonly run: <Answer>(
    decide: (configuration: Configuration, context: CommandContext) => Decision<Answer>,
    sandboxName?: string,
  ) => Promise<Answer>
  readonly context: (sandboxName?: string) => CommandContext
  readonly read: () => Promise<Configuration>
  readonly change: (change: (organisation: Organisation) => Organisation) => Promise<unknown>
  readonly register: (ids: readonly string[], sandboxName?: string) => Promise<void>
  /** Sets up all that a flow needs. */
  readonly connect: (sandboxName?: string, params?: object) => Promise<Ends>
  readonly flow: (
    ends: Ends,
    segments: readonly (string | object)[],
    sandboxName?: string,
  ) => Promise<IdAndEtag>
  readonly flowOf: (id: string, sandboxName?: string) => Promise<Flow & { readonly etag: string }>
}

export interface Ends {
  readonly baseId: string
  readonly sourceId: string
  readonly targetId: string
}

/** A selector as requests have it. */
export function selector(id: string, more: object = {}): object {
  return { type: 'PLATFORM_SEGMENT', value: { id, ...more } }
}

/** Transformations that activate these. */
export function transformations(segments: readonly (string | object)[]): object[] {
  const selectors = segments.map((one) => (typeof one === 'string' ? selector(one) : one))
  const params = { segmentSelectors: { selectors }, profileSelectors: { selectors: [] } }
  return [{ name: 'GeneralTransform', params }]
}

/** An organisation that may share with everything. */
export async function startService(): Promise<TestService> {
  const store = memoryConfiguration()()
  const clock = { nowMs: 1_700_000_000_000 }
  let ids = 0
  const newId = (): string => `id-${String((ids += 1)).padStart(5, '0')}`
  const context = (sandboxName = 'prod'): CommandContext => ({
    sandboxName,
    nowMs: clock.nowMs,
    newId,
    solutions: testSolutions,
  })
  const ports = { store, nowMs: () => clock.nowMs, newId }
  const run: TestService['run'] = (decide, sandboxName) => {
    clock.nowMs += 1_000
    return configure(ports, { name: 'ana' }, (configuration) =>
      decide(configuration, context(sandboxName)),
    )
  }
  const change: TestService['change'] = (changed) =>
    run((configuration) => {
      const value = changed(organisationDocument(configuration).value)
      const write: Write = { kind: 'organisation', id: 'organisation', value }
      return { writes: [write], answer: () => undefined }
    })
  await change((organisation) => ({
    ...organisation,
    entitlements: { tier: 'prime', solutions: testSolutions, audienceManagerLicence: false },
  }))
  const destination = { id: destinationSpecId }
  const profileStore = { id: profileStoreSpecId }
  return {
    store,
    clock,
    run,
    context,
    change,
    read: () => store.read(),
    register: async (names, sandboxName) => {
      for (const id of names) {
        const request = { id, name: `Name of ${id}`, evaluation: 'continuous' } as const
        await run(
          (all, { sandboxName: name }) =>
            registerSegment(all, request, { sandboxName: name, newId }),
          sandboxName,
        )
      }
    },
    connect: async (sandboxName, params = { solutions: ['marketo', 'target'] }) => {
      const make = async (
        kind: 'connection' | 'sourceConnection' | 'targetConnection',
        connectionSpec: { readonly id: string },
        more: object = {},
      ): Promise<string> => {
        const request = { name: kind, connectionSpec, ...more }
        const made = await run((all, at) => createConnection(all, kind, request, at), sandboxName)
        return made.id
      }
      const platformId = await make('connection', profileStore)
      const sourceId = await make('sourceConnection', profileStore, {
        baseConnectionId: platformId,
      })
      const baseId = await make('connection', destination)
      const targetId = await make('targetConnection', destination, {
        baseConnectionId: baseId,
        params,
      })
      return { baseId, sourceId, targetId }
    },
    flow: ({ sourceId, targetId }, segments, sandboxName) =>
      run(
        (all, at) =>
          createFlow(
            all,
            {
              name: 'ECA',
              flowSpec: { id: flowSpecId },
              sourceConnectionIds: [sourceId],
              targetConnectionIds: [targetId],
              transformations: transformations(segments),
            },
            at,
          ),
        sandboxName,
      ),
    flowOf: async (id, sandboxName = 'prod') => {
      const { value, etag } = flowOf(await store.read(), id, sandboxName)
      return { ...value, etag }
    },
  }
}
