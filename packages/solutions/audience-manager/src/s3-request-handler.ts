import { Readable } from 'node:stream'
import type { S3ClientConfig } from '@aws-sdk/client-s3'
import type { HttpClient, HttpRequest, HttpTrouble } from '@segue/solution-kit'

/** Thrown through Amazon's client, so that what happened on the wire is still known on its other side. */
export class S3Trouble extends Error {
  readonly trouble: HttpTrouble

  constructor(trouble: HttpTrouble) {
    super(`S3 call: ${trouble.kind}`)
    this.name = 'S3Trouble'
    this.trouble = trouble
  }
}

/** The parts of Amazon's request that are used; its own type is not exported by the client's package. */
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

/**
 * Lets Amazon's S3 client, which signs and reads, send through the kit's HTTP client, which knows the time-outs and whether a call may have been seen.
 * S3 is not the solution's API: its calls take nothing from the call budget.
 */
export function s3RequestHandler(http: HttpClient): NonNullable<S3ClientConfig['requestHandler']> {
  async function handle(
    request: SignedRequest,
    options: { readonly abortSignal?: AbortSignal } = {},
  ) {
    const signal = options.abortSignal === undefined ? {} : { signal: options.abortSignal }
    const outcome = await http.request({ ...call(request), ...signal, budget: 'none' })
    if (outcome.kind !== 'response') throw new S3Trouble(outcome)
    const { status, headers, bytes } = outcome
    return { response: { statusCode: status, headers, body: Readable.from([bytes]) } }
  }
  return { handle, metadata: { handlerProtocol: 'http/1.1' }, destroy: () => undefined }
}

function call(request: SignedRequest): HttpRequest {
  const port = request.port === undefined ? '' : `:${request.port}`
  const query = queryOf(request.query ?? {})
  const url = `${request.protocol}//${request.hostname}${port}${request.path}${query}`
  const { method, headers } = request
  const { body } = request
  if (typeof body === 'string' || body instanceof Uint8Array) return { method, url, headers, body }
  if (body === undefined || body === null) return { method, url, headers }
  throw new TypeError('S3 bodies are bytes or text here')
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
