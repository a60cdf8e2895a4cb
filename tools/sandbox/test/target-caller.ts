import { exchange, type Exchanged, type Message } from './exchange.ts'
import { at, form, started, type Started, textAt } from './started.ts'

/** A sandbox of one test's own, with Target's calls at hand. */
export interface TargetCaller extends Started {
  /** A call to the edge, exactly as written. */
  readonly edge: (target: string, message?: Message) => Promise<Exchanged>
  /** A v2 batch of these lines. */
  readonly batch: (...lines: readonly string[]) => Promise<Exchanged>
  /** A batch's status with all details, by the address in the answer to it. */
  readonly statusOf: (accepted: Exchanged) => Promise<Record<string, string>>
  /** A delivery call of an id with profile parameters. */
  readonly deliver: (id: object, profileParameters?: object) => Promise<Exchanged>
  /** Applies what waits. */
  readonly apply: () => Promise<void>
  /** A profile's attributes by the id's path; undefined where there is no profile. */
  readonly attributes: (path: string) => Promise<Record<string, unknown> | undefined>
  /** A call to the Admin API with a token, the key and the right media type. */
  readonly admin: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<Exchanged>
  /** Members of an audience. */
  readonly members: (audienceId: string | number) => Promise<unknown>
}

export const mediaType = 'application/vnd.adobe.target.v3+json'

export async function targetStarted(
  settings: Readonly<Record<string, unknown>> = {},
  preset: 'real' | 'loose' = 'loose',
  stateFile?: string,
): Promise<TargetCaller> {
  const sandbox = await started({ preset, frozenClock: true, target: settings }, stateFile)
  const { edgeUrl, adminUrl, clientCode, tenant, clientId } = sandbox.ready.target
  let token: Promise<string> | undefined
  const edge: TargetCaller['edge'] = (target, message) => exchange(edgeUrl, target, message)
  return {
    ...sandbox,
    edge,
    batch: (...lines) =>
      edge(`/m2/${clientCode}/v2/profile/batchUpdate`, {
        method: 'POST',
        headers: form,
        body: `batch=${lines.join('\n')}`,
      }),
    statusOf: async (accepted) => {
      const { pathname, search } = new URL(statusUrlOf(accepted))
      return elementsOf(await edge(`${pathname}${search}&showDetails=true`))
    },
    deliver: (id, profileParameters = {}) =>
      edge(`/rest/v1/delivery?client=${clientCode}&sessionId=s`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          id,
          context: { channel: 'web' },
          execute: { mboxes: [{ index: 1, name: 'aep-segment-sync', profileParameters }] },
        }),
      }),
    apply: async () => {
      await sandbox.control('POST', '/control/process')
    },
    attributes: async (path) => {
      const answer = await edge(`/rest/v1/profiles/${path}?client=${clientCode}`)
      if (answer.status === 404) return undefined
      // Bytes, so that what is not ASCII is what was sent.
      const text = Buffer.from(answer.text, 'latin1').toString()
      const found = at(JSON.parse(text), 'profileAttributes')
      return Object.fromEntries(
        Object.entries(Object(found)).map(([name, value]) => [name, at(value, 'value')]),
      )
    },
    admin: async (method, path, body, headers = {}) =>
      exchange(adminUrl, `/${tenant}/target${path}`, {
        method,
        headers: {
          authorization: `Bearer ${await (token ??= askTargetIms(sandbox))}`,
          'x-api-key': clientId,
          accept: mediaType,
          'content-type': mediaType,
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    members: async (audienceId) =>
      at(await sandbox.control('GET', '/control/members'), 'target', audienceId, 'members'),
  }
}

/** A token for the Admin API. */
export async function askTargetIms({ ready }: Pick<Started, 'ready'>): Promise<string> {
  const { imsUrl, clientId, clientSecret } = ready.target
  const answer = await exchange(imsUrl, '/ims/token/v3', {
    method: 'POST',
    headers: form,
    body: `client_id=${clientId}&client_secret=${clientSecret}&grant_type=client_credentials&scope=openid,AdobeID`,
  })
  return textAt(answer.json(), 'access_token')
}

/** The address in the answer to a batch. */
export function statusUrlOf({ text }: Exchanged): string {
  return /<batchStatus>([^<]+)<\/batchStatus>/.exec(text)?.[1] ?? ''
}

/** The elements of an XML answer. */
export function elementsOf({ text }: Exchanged): Record<string, string> {
  return Object.fromEntries(
    Array.from(text.matchAll(/<(\w+)>([^<]*)<\/\1>/g), ([, name = '', value = '']) => [
      name,
      value,
    ]),
  )
}
