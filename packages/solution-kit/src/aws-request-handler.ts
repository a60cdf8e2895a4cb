import { Readable } from 'node:stream'
import type { HttpClient } from './http.ts'
import type { HttpTrouble } from './http-outcome.ts'
import type { HttpRequest } from './http-request.ts'

/** Thrown through an Amazon client, so that what happened on the wire is still known on its other side. */
export class AwsTrouble extends Error {
  readonly trouble: HttpTrouble

  constructor(trouble: HttpTrouble) {
    super(`call to Amazon: ${trouble.kind}`)
    this.name = 'AwsTrouble'
    this.trouble = trouble
  }
}

/** The parts of a signed request that are used. */
interface SignedRequest {
  readonly method: string
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[] | null>>
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

interface Answered {
  readonly response: {
    readonly statusCode: number
    readonly headers: Record<string, string>
    readonly body: Readable
  }
}

/** What every Amazon client (`@aws-sdk/client-…`) takes as its `requestHandler`, which it declares as an open record. */
export interface AwsRequestHandler extends Record<string, unknown> {
  readonly handle: (
    request: SignedRequest,
    options?: { readonly abortSignal?: AbortSignal },
  ) => Promise<Answered>
  readonly metadata: { readonly handlerProtocol: string }
  readonly destroy: () => void
}

/**
 * Lets an Amazon client, which signs and reads, send through the kit's HTTP client, which knows the time-outs and whether a call may have been seen.
 * Give the client `maxAttempts: 1`: the engine repeats, with current state. Trouble comes out of the client's `send` as `AwsTrouble`.
 * @param budget whether its calls take from the solution's call budget
 */
export function awsRequestHandler(
  http: HttpClient,
  budget: NonNullable<HttpRequest['budget']>,
): AwsRequestHandler {
  return {
    handle: async (request, options = {}) => {
      const signal = options.abortSignal === undefined ? {} : { signal: options.abortSignal }
      const outcome = await http.request({ ...call(request), ...signal, budget })
      if (outcome.kind !== 'response') throw new AwsTrouble(outcome)
      const { status, headers, bytes } = outcome
      return { response: { statusCode: status, headers, body: Readable.from([bytes]) } }
    },
    metadata: { handlerProtocol: 'http/1.1' },
    destroy: () => undefined,
  }
}

function call(request: SignedRequest): HttpRequest {
  const port = request.port === undefined ? '' : `:${request.port}`
  const query = queryOf(request.query ?? {})
  const url = `${request.protocol}//${request.hostname}${port}${request.path}${query}`
  const { method, headers, body } = request
  if (typeof body === 'string' || body instanceof Uint8Array) return { method, url, headers, body }
  if (body === undefined || body === null) return { method, url, headers }
  throw new TypeError('bodies are bytes or text here, not streams')
}

/** Encoded just as it was signed: RFC 3986, keys sorted. */
function queryOf(query: NonNullable<SignedRequest['query']>): string {
  const parts = Object.keys(query)
    .toSorted()
    .flatMap((key) => {
      const value = query[key]
      const values = typeof value === 'string' || value === null ? [value] : (value ?? [])
      return values.map((one) => (one === null ? encode(key) : `${encode(key)}=${encode(one)}`))
    })
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.codePointAt(0)?.toString(16).toUpperCase()}`,
  )
}
