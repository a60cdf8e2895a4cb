import { expectSuccess, httpJson, type JsonAnswer } from './http-json.ts'
import type { Gateway } from './gateway.ts'

/** Something of the flow service, as far as it is looked into here. */
export interface FlowServiceItem {
  readonly id: string
  readonly etag: string
  readonly name: string
  readonly connectionSpec: { readonly id: string }
  readonly baseConnectionId: string
  readonly params: { readonly solutions: readonly string[]; readonly activationDelayMs: number }
  readonly transformations: readonly {
    readonly params: {
      readonly segmentSelectors: { readonly selectors: readonly FlowSelector[] }
    }
  }[]
}

export interface FlowSelector {
  readonly value: { readonly id: string; readonly namespace: string }
}

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'

const base = '/data/foundation/flowservice'
const selectorsPath = '/transformations/0/params/segmentSelectors/selectors'

/** Sends a request to the gateway; what is no success is answered too. */
export function send<Body>(
  { url, token }: Gateway,
  method: Method,
  path: string,
  body?: unknown,
  ifMatch?: string,
): Promise<JsonAnswer<Body>> {
  return httpJson<Body>(method, `${url}${path}`, {
    token,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(ifMatch === undefined ? {} : { headers: { 'if-match': ifMatch } }),
  })
}

/** The same, where nothing but success will do. @throws LauncherError */
export async function ask<Body>(...request: Parameters<typeof send>): Promise<Body> {
  const answer = await send<Body>(...request)
  expectSuccess(`the gateway, asked ${request[1]} ${request[2]},`, answer)
  return answer.body
}

/** All of one kind in the sandbox, newest first. */
export async function listItems(
  gateway: Gateway,
  kind: string,
  property?: string,
): Promise<readonly FlowServiceItem[]> {
  const items: FlowServiceItem[] = []
  let continuationToken: string | undefined
  do {
    const query = new URLSearchParams()
    if (property !== undefined) query.set('property', property)
    if (continuationToken !== undefined) query.set('continuationToken', continuationToken)
    const part = await ask<{
      readonly items: readonly FlowServiceItem[]
      readonly continuationToken?: string
    }>(gateway, 'GET', `${base}/${kind}?${query.toString()}`)
    items.push(...part.items)
    continuationToken = part.continuationToken
  } while (continuationToken !== undefined)
  return items
}

/** @returns its id */
export async function createItem(gateway: Gateway, kind: string, body: object): Promise<string> {
  const { id } = await ask<{ readonly id: string }>(gateway, 'POST', `${base}/${kind}`, body)
  return id
}

/** Changes an object as it is now. */
export async function patchItem(
  gateway: Gateway,
  kind: string,
  id: string,
  operations: readonly object[] | ((item: FlowServiceItem) => readonly object[]),
): Promise<void> {
  const path = `${base}/${kind}/${id}`
  const { items } = await ask<{ readonly items: readonly FlowServiceItem[] }>(gateway, 'GET', path)
  const [item] = items
  if (item === undefined) throw new Error(`${path} is empty`)
  const patch = typeof operations === 'function' ? operations(item) : operations
  if (patch.length > 0) await ask(gateway, 'PATCH', path, patch, item.etag)
}

/** The selectors of a flow. */
export function selectorsOf(flow: FlowServiceItem): readonly FlowSelector[] {
  return flow.transformations.flatMap(({ params }) => params.segmentSelectors.selectors)
}

/** `namespace:id` of a selector. */
export function segmentOf({ value }: FlowSelector): string {
  return `${value.namespace}:${value.id}`
}

/** A selector for a segment, `namespace:id`. */
export function selectorFor(segment: string, solutions?: readonly string[]): object {
  const colon = segment.indexOf(':')
  return {
    type: 'PLATFORM_SEGMENT',
    value: {
      namespace: segment.slice(0, colon),
      id: segment.slice(colon + 1),
      ...(solutions === undefined ? {} : { solutions }),
    },
  }
}

/** The operation that adds a segment to a flow. */
export function adding(segment: string): object {
  return { op: 'add', path: `${selectorsPath}/-`, value: selectorFor(segment) }
}

/** The operations that remove segments from a flow: from the last to the first, since places move. */
export function removing(flow: FlowServiceItem, segments: readonly string[]): readonly object[] {
  return selectorsOf(flow)
    .map((selector, index) => ({ segment: segmentOf(selector), index }))
    .filter(({ segment }) => segments.includes(segment))
    .toReversed()
    .map(({ index }) => ({ op: 'remove', path: `${selectorsPath}/${index}` }))
}
