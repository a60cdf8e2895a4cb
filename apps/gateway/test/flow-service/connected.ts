import type { LightMyRequestResponse } from 'fastify'
import { destinationSpecId, flowSpecId, profileStoreSpecId } from '@segue/destinations'
import type { TestGateway } from '../test-gateway.ts'

const flowService = '/data/foundation/flowservice'

/** What an answer of the flow service may hold, as far as tests look into it. */
export interface Answer {
  readonly status: number
  readonly etag: string
  readonly body: {
    readonly id: string
    readonly etag: string
    readonly code?: string
    readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
    readonly items: readonly Shown[]
    readonly continuationToken?: string
    readonly count?: number
    readonly [field: string]: unknown
  }
}

export interface Shown {
  readonly id: string
  readonly etag: string
  readonly name: string
  readonly state: string
  readonly transformations: readonly {
    readonly params: {
      readonly segmentSelectors: {
        readonly selectors: readonly {
          readonly value: Readonly<Record<string, unknown>> & { readonly id: string }
        }[]
      }
    }
  }[]
  readonly [field: string]: unknown
}

export type Send = (
  method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  url: string,
  options?: {
    readonly body?: unknown
    readonly ifMatch?: string
    readonly headers?: Readonly<Record<string, string>>
  },
) => Promise<Answer>

/** Sends requests to a gateway, below the flow service where the address does not begin with a known root. */
export function sender(gateway: TestGateway, headers: Readonly<Record<string, string>>): Send {
  return async (method, url, options = {}) => {
    const { ifMatch } = options
    const answer: LightMyRequestResponse = await gateway.server.inject({
      method,
      url: /^\/(?:v1|data)\//.test(url) ? url : `${flowService}${url}`,
      headers: {
        ...headers,
        ...options.headers,
        ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
      },
      ...(options.body === undefined ? {} : { payload: options.body as object }),
    })
    const etag = answer.headers['etag'] ?? ''
    const body: Answer['body'] = JSON.parse(answer.payload === '' ? '{}' : answer.payload)
    return { status: answer.statusCode, etag, body }
  }
}

/** Says that the organisation may share with everything, and lays settings over the defaults. */
export async function entitle(send: Send, settings: object = {}): Promise<void> {
  const { body, etag } = await send('GET', '/v1/organisation')
  const organisation = {
    entitlements: {
      tier: 'ultimate',
      audienceManagerLicence: true,
      solutions: [
        'audience-manager',
        'analytics',
        'advertising-cloud',
        'campaign',
        'target',
        'marketo',
      ],
    },
    settings: { ...(body['settings'] as object), ...settings },
    legacySharing: body['legacySharing'],
  }
  const changed = await send('PUT', '/v1/organisation', { body: organisation, ifMatch: etag })
  if (changed.status !== 200) throw new Error(JSON.stringify(changed.body))
}

export interface Connected {
  readonly baseId: string
  readonly sourceId: string
  readonly targetId: string
}

async function made(send: Send, url: string, body: object): Promise<string> {
  const answer = await send('POST', url, { body })
  if (answer.status !== 201) throw new Error(`${url}: ${JSON.stringify(answer.body)}`)
  return answer.body.id
}

/** "Set up" and "Connect to destination": all that a flow needs. */
export async function connect(send: Send, params: object = {}): Promise<Connected> {
  const platformId = await made(send, '/connections', {
    name: 'Profile store',
    connectionSpec: { id: profileStoreSpecId, version: '1.0' },
  })
  const sourceId = await made(send, '/sourceConnections', {
    name: 'Profiles',
    baseConnectionId: platformId,
    connectionSpec: { id: profileStoreSpecId, version: '1.0' },
    data: { format: 'json' },
    params: {},
  })
  const baseId = await made(send, '/connections', {
    name: 'ECA account',
    connectionSpec: { id: destinationSpecId, version: '1.0' },
  })
  const targetId = await made(send, '/targetConnections', {
    name: 'ECA',
    description: 'All solutions',
    baseConnectionId: baseId,
    connectionSpec: { id: destinationSpecId, version: '1.0' },
    params,
  })
  return { baseId, sourceId, targetId }
}

export async function registerSegments(send: Send, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const body = { id, name: `Name of ${id}` }
    const { status } = await send('POST', '/data/core/ups/segment/definitions', { body })
    if (status !== 200) throw new Error(`segment ${id}: ${status}`)
  }
}

/** A selector as the Platform's requests have it. */
export function selector(id: string, more: object = {}): object {
  return { type: 'PLATFORM_SEGMENT', value: { id, ...more } }
}

/** The body that makes a flow. */
export function flowBody(
  { sourceId, targetId }: Connected,
  segments: readonly (string | object)[] = [],
): object {
  return {
    name: 'ECA flow',
    description: 'Activates',
    flowSpec: { id: flowSpecId, version: '1.0' },
    sourceConnectionIds: [sourceId],
    targetConnectionIds: [targetId],
    transformations: [
      {
        name: 'GeneralTransform',
        params: {
          profileSelectors: { selectors: [] },
          segmentSelectors: {
            selectors: segments.map((one) => (typeof one === 'string' ? selector(one) : one)),
          },
        },
      },
    ],
  }
}

export const selectorsPath = '/transformations/0/params/segmentSelectors/selectors'

/** The operation that adds a segment to a flow. */
export function adding(id: string, more: object = {}): object {
  return { op: 'add', path: `${selectorsPath}/-`, value: selector(id, more) }
}
