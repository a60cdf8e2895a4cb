import { onTestFinished } from 'vitest'
import { type Ready, startSandbox } from '../src/index.ts'
import { exchange, type Exchanged, type Message } from './exchange.ts'

/** A sandbox of one test's own, closed when the test is over. */
export interface Started {
  readonly ready: Ready
  /** A request to the control server; a body is sent as JSON. */
  readonly control: (method: string, path: string, body?: unknown) => Promise<unknown>
  /** A request to Marketo's REST API with a fresh token. */
  readonly marketo: (method: string, target: string, message?: Message) => Promise<Exchanged>
  /** A token for Marketo. */
  readonly marketoToken: () => Promise<string>
  /** A request to Audience Manager's REST API; a body is sent as JSON. */
  readonly rest: (method: string, target: string, body?: unknown) => Promise<Exchanged>
  /** A call to the DCS with the organisation's host. */
  readonly dcs: (target: string, message?: Message) => Promise<Exchanged>
  readonly close: () => Promise<void>
}

export async function started(settings: unknown = {}, stateFile?: string): Promise<Started> {
  const sandbox = await startSandbox({
    settings,
    ...(stateFile === undefined ? {} : { stateFile }),
  })
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => (closed ??= sandbox.close())
  onTestFinished(close)
  const { ready } = sandbox
  const { marketo, audienceManager } = ready

  const marketoToken = async (): Promise<string> => {
    const query = `grant_type=client_credentials&client_id=${marketo.clientId}&client_secret=${marketo.clientSecret}`
    return textAt(
      (await exchange(marketo.url, `/identity/oauth/token?${query}`)).json(),
      'access_token',
    )
  }
  return {
    ready,
    close,
    marketoToken,
    control: async (method, path, body) => {
      const answer = await exchange(ready.control, path, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      if (answer.status !== 200) throw new Error(`control answered ${answer.status} ${answer.text}`)
      return answer.json()
    },
    marketo: async (method, target, message = {}) =>
      exchange(marketo.url, target, {
        ...message,
        method,
        headers: { authorization: `Bearer ${await marketoToken()}`, ...message.headers },
      }),
    rest: async (method, target, body) =>
      exchange(audienceManager.restUrl, target, {
        method,
        headers: {
          authorization: `Bearer ${await askIms(ready)}`,
          'x-api-key': audienceManager.clientId,
          'content-type': 'application/json',
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    dcs: (target, message = {}) =>
      exchange(audienceManager.dcsUrl, target, {
        ...message,
        headers: { host: audienceManager.dcsHost, ...message.headers },
      }),
  }
}

/** A token from IMS, with the sandbox's own credentials. */
export async function askIms({ audienceManager }: Ready): Promise<string> {
  const answer = await exchange(audienceManager.imsUrl, '/ims/token/v3', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `client_id=${audienceManager.clientId}&client_secret=${audienceManager.clientSecret}&grant_type=client_credentials&scope=openid,AdobeID`,
  })
  return textAt(answer.json(), 'access_token')
}

/** What is at a path of a JSON value. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value
  for (const step of path) {
    found =
      typeof found === 'object' && found !== null
        ? new Map(Object.entries(found)).get(String(step))
        : undefined
  }
  return found
}

/** The text or number at a path, as text. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path)
  if (typeof found !== 'string' && typeof found !== 'number') {
    throw new Error(`nothing at ${path.join('.')} of ${JSON.stringify(value)}`)
  }
  return String(found)
}

/** Waits until a condition is met; the test's own time-out ends it. */
export async function until(isMet: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isMet())) {
    await new Promise((resolve) => {
      setTimeout(resolve, 5)
    })
  }
}

export const json = { 'content-type': 'application/json' }
export const form = { 'content-type': 'application/x-www-form-urlencoded' }
