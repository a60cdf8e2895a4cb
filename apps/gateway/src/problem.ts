import { gatewayCodes } from './codes.ts'
import type { GatewayCode } from './codes.ts'

/** A request that is refused. Its `detail` is shown to the sender: no secret and no identity belongs in it. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: GatewayCode
  readonly status: number
  /** What else the answer says, beside `code` and `detail`. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Seconds after which it makes sense to try again. */
  readonly retryAfter: number | undefined

  constructor(
    code: GatewayCode,
    detail: string,
    options: {
      fields?: Readonly<Record<string, unknown>>
      cause?: unknown
      /** Seconds; else what is usual for the code. */
      retryAfter?: number
    } = {},
  ) {
    super(detail, { cause: options.cause })
    this.code = code
    this.status = gatewayCodes[code].status
    this.fields = options.fields ?? {}
    this.retryAfter = options.retryAfter ?? retryAfterSeconds.get(code)
  }

  /** The answer's body: the one shape that all errors have (`reference/platform.md` §6.3), and the stable code. */
  body(): Readonly<Record<string, unknown>> {
    return {
      type: `urn:segue:problem:${this.code}`,
      title: gatewayCodes[this.code].meaning,
      status: this.status,
      detail: this.message,
      code: this.code,
      ...this.fields,
    }
  }
}

/** An outbox drains at the pace of solutions, a restart takes a while; everything else is a matter of a second. */
const retryAfterSeconds: ReadonlyMap<GatewayCode, number> = new Map([
  ['LOG_FULL', 1],
  ['TOO_MANY_IN_FLIGHT', 1],
  ['OUTBOX_FULL', 5],
  ['REDIS_FULL', 5],
  ['REDIS_UNAVAILABLE', 1],
  ['NOT_REPLICATED', 1],
  ['DEADLINE_EXCEEDED', 1],
  ['STOPPING', 2],
  ['CONFIGURATION_BUSY', 1],
  ['ERASURE_LIMIT', 86_400],
  ['ISSUER_UNAVAILABLE', 2],
  ['TOO_MANY_FAILURES', 60],
  ['MESSAGES_WAIT', 60],
])
