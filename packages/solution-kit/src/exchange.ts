import type { Agent, Dispatcher } from 'undici'
import type { HttpOutcome, HttpTrouble } from './http-outcome.ts'
import type { HttpLimits, HttpRequest } from './http-request.ts'

type Kind = Exclude<HttpTrouble['kind'], 'rate-limited'>

/**
 * Writes one call to a connection of the agent and gathers its answer, within the limits; settles exactly once.
 *
 * Whether the server may have seen the call is decided by one fact: undici calls `onRequestStart` when the call has its open
 * connection and the next thing is writing it. Before that, no byte has left (refused, unknown host, TLS, queued).
 */
export function exchange(
  agent: Agent,
  request: HttpRequest,
  limits: Pick<HttpLimits, 'totalTimeoutMs' | 'maxResponseBytes'>,
): Promise<HttpOutcome> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let bytes = 0
    let status = 0
    let headers: Record<string, string> = {}
    let started = false
    let settled = false
    let controller: Dispatcher.DispatchController | undefined

    const timer = setTimeout(() => give('timeout', 'TOTAL_TIMEOUT'), limits.totalTimeoutMs)
    const onAbort = () => give('aborted', 'ABORTED')

    function settle(outcome: HttpOutcome): void {
      if (settled) return
      settled = true
      clearTimeout(timer)
      request.signal?.removeEventListener('abort', onAbort)
      resolve(outcome)
    }

    /** Ends the exchange with trouble, and lets the connection go if the call is on one. */
    function give(kind: Kind, code: string): void {
      settle({ kind, code, inDoubt: started })
      controller?.abort(new Error(code))
    }

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(own) {
        controller = own
        // Given up while it waited for a connection: end it here, where nothing has been written yet.
        if (settled) own.abort(new Error('GIVEN_UP'))
        else started = true
      },
      onResponseStart(_own, statusCode, responseHeaders) {
        status = statusCode
        headers = flatHeaders(responseHeaders)
      },
      onResponseData(_own, chunk) {
        bytes += chunk.length
        if (bytes > limits.maxResponseBytes) give('too-large', 'RESPONSE_TOO_LARGE')
        else chunks.push(chunk)
      },
      onResponseEnd() {
        const all = Buffer.concat(chunks)
        settle({ kind: 'response', status, headers, body: all.toString('utf8'), bytes: all })
      },
      onResponseError(_own, error) {
        const code = codeOf(error)
        settle({ kind: kindOf(code, error, started), code, inDoubt: started })
      },
    }

    if (request.signal?.aborted === true) {
      onAbort()
      return
    }
    request.signal?.addEventListener('abort', onAbort, { once: true })
    const url = URL.parse(String(request.url))
    if (url === null) {
      give('invalid', 'INVALID_URL')
      return
    }
    agent.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method: request.method,
        headers: { ...request.headers },
        body: request.body ?? null,
      },
      handler,
    )
  })
}

function flatHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) {
      flat[name.toLowerCase()] = Array.isArray(value) ? value.join(',') : value
    }
  }
  return flat
}

function codeOf(error: Error): string {
  const code: unknown = 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : error.name
}

const kinds: Readonly<Record<string, Kind>> = {
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_CLOSED: 'closed',
  UND_ERR_DESTROYED: 'closed',
  UND_ERR_INVALID_ARG: 'invalid',
  UND_ERR_NOT_SUPPORTED: 'invalid',
  UND_ERR_HEADERS_OVERFLOW: 'too-large',
}

function kindOf(code: string, error: Error, started: boolean): Kind {
  if (error.name === 'HTTPParserError') return 'malformed'
  return kinds[code] ?? (started ? 'dropped' : 'connect')
}
