import { request } from 'undici'
import { LauncherError } from '../launcher-error.ts'

/** An answer with its JSON body. */
export interface JsonAnswer<Body> {
  readonly status: number
  /** As the part that answers documents it; it is ours, so it is taken at its word. */
  readonly body: Body
  readonly retryAfterSecs: number
}

const timeoutMs = 60_000

/** Sends a request to a part of our own and reads the JSON answer. */
export async function httpJson<Body = unknown>(
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  url: string,
  options: {
    readonly token?: string
    readonly contentType?: string
    readonly body?: string
    readonly headers?: Readonly<Record<string, string>>
  } = {},
): Promise<JsonAnswer<Body>> {
  const { token, contentType = 'application/json', body } = options
  const answer = await request(url, {
    method,
    headers: {
      ...options.headers,
      ...(body === undefined ? {} : { 'content-type': contentType }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: body ?? null,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  })
  const text = await answer.body.text()
  const parsed: Body = JSON.parse(text === '' ? 'null' : text)
  return {
    status: answer.statusCode,
    body: parsed,
    retryAfterSecs: Number(answer.headers['retry-after'] ?? 0),
  }
}

/** @throws LauncherError `PART_REFUSED` where the answer is not a success */
export function expectSuccess(what: string, { status, body }: JsonAnswer<unknown>): void {
  if (status >= 200 && status < 300) return
  throw new LauncherError('PART_REFUSED', `${what} answered ${status}: ${JSON.stringify(body)}`, {
    exitCode: 1,
  })
}
