import type { WireAnswer } from '../faults/inject.ts'
import { gatewayFault } from '../gateway/gateway.ts'

/** A call that Audience Manager refuses, behind the gateway: an HTTP status, and a body that says why. */
export class RestRefused extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** A refusal on the wire. */
export function refusalAnswer({ status, code, message }: RestRefused): WireAnswer {
  const body = { code, message, status: String(status) }
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** Scripted codes: the gateway's, or an HTTP status. */
export function restFaultAnswer(code: string): WireAnswer | undefined {
  const byGateway = gatewayFault(code)
  if (byGateway !== undefined) return byGateway
  const status = Number(code)
  if (!(status >= 400 && status < 600)) return undefined
  return refusalAnswer(new RestRefused(status, 'sandbox_fault', 'asked for'))
}
