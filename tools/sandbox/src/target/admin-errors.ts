import { randomUUID } from 'node:crypto'
import type { WireAnswer } from '../faults/inject.ts'
import { gatewayFault } from '../gateway/gateway.ts'

/** A call that the Admin API refuses, behind the gateway; `code` is the `errorCode` of its envelope. */
export class AdminRefused extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** Another version of the API than the call needs, or none named at all (reference §5.3). */
export function unsupportedFeature(): AdminRefused {
  return new AdminRefused(406, 'Unsupported.Feature', 'Unsupported features detected')
}

export function invalidInput(message: string): AdminRefused {
  return new AdminRefused(400, 'InvalidInput', message)
}

export function notFound(what: string): AdminRefused {
  return new AdminRefused(404, 'NotFound', `${what} was not found`)
}

/** A refusal on the wire: the API's envelope. */
export function refusalAnswer({ status, code, message }: AdminRefused, nowMs: number): WireAnswer {
  const body = {
    httpStatus: status,
    requestId: randomUUID(),
    requestTime: new Date(nowMs).toISOString(),
    errors: [{ errorCode: code, message, meta: {} }],
  }
  return {
    status,
    headers: { 'content-type': 'application/json;charset=UTF-8' },
    body: JSON.stringify(body),
  }
}

/** Scripted codes: the gateway's, or an HTTP status; 502 is the gateway's page for a wrong address. */
export function adminFaultAnswer(code: string, nowMs: number): WireAnswer | undefined {
  const byGateway = gatewayFault(code)
  if (byGateway !== undefined) return byGateway
  const status = Number(code)
  if (!(status >= 400 && status < 600)) return undefined
  if (status === 406) return refusalAnswer(unsupportedFeature(), nowMs)
  const refused = new AdminRefused(status, faultCodes[status] ?? 'SandboxFault', 'Asked for')
  return refusalAnswer(refused, nowMs)
}

/** What the envelope says beside these; the documentation has the numbers only [I]. */
const faultCodes: Readonly<Record<number, string>> = {
  400: 'InvalidInput',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  407: 'ProxyAuthenticationRequired',
}
