/** A complete answer, whatever its status. */
export interface HttpResponse {
  readonly kind: 'response'
  readonly status: number
  /** Names in lower case; repeated headers joined by a comma. */
  readonly headers: Readonly<Record<string, string>>
  /** Decoded as UTF-8. */
  readonly body: string
  readonly bytes: Uint8Array
}

/** A call without a complete answer. */
export type HttpTrouble =
  | {
      /** The call's budget is spent; nothing was sent. */
      readonly kind: 'rate-limited'
      readonly afterMs: number
      readonly inDoubt: false
    }
  | {
      /**
       * `connect`: no connection (refused, unknown host, TLS). `timeout`: see `HttpLimits`. `dropped`: the connection broke
       * under the call. `too-large`, `malformed`: the answer. `aborted`: by the caller. `closed`: this client is.
       * `invalid`: the call itself cannot be written (a header with a line break).
       */
      readonly kind:
        | 'connect'
        | 'timeout'
        | 'dropped'
        | 'too-large'
        | 'malformed'
        | 'aborted'
        | 'closed'
        | 'invalid'
      /** For logs: `ECONNREFUSED`, `UND_ERR_HEADERS_TIMEOUT`, `TOTAL_TIMEOUT`. */
      readonly code: string
      /** False only where no byte of the call was written to a connection; else the server may have acted on it. */
      readonly inDoubt: boolean
    }

/** What came of one call. */
export type HttpOutcome = HttpResponse | HttpTrouble
