import { randomUUID } from 'node:crypto'
import type { WireAnswer } from '../faults/inject.ts'

/** A refused call of the Admin API; `code` is the gateway's number, or the `errorCode` of the API's own envelope. */
export class AdminRefused extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** The gateway stands before the API and has bodies of its own (reference §0.4). */
const gateway: Readonly<Record<string, readonly [status: number, message: string]>> = {
  '401013': [401, 'Oauth token is not valid'],
  '403000': [403, 'Api Key is required'],
  '403003': [403, 'Api Key is invalid'],
  '403010': [403, 'Oauth token is missing'],
  '403023': [403, 'Profile is not valid'],
  '404040': [404, 'Requested resource could not be found'],
  '429001': [429, 'Too many requests'],
  '429050': [429, 'Too many requests'],
}

export function gatewayRefused(code: string): AdminRefused {
  const [status, message] = gateway[code] ?? [500, 'Unknown']
  return new AdminRefused(status, code, message)
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

/** A refusal on the wire: `{"error_code","message"}` by the gateway, else the API's envelope. */
export function refusalAnswer({ status, code, message }: AdminRefused, nowMs: number): WireAnswer {
  const body =
    code in gateway
      ? { error_code: code, message }
      : {
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
  if (code in gateway) return refusalAnswer(gatewayRefused(code), nowMs)
  const status = Number(code)
  if (!(status >= 400 && status < 600)) return undefined
  if (status === 406) return refusalAnswer(unsupportedFeature(), nowMs)
  if (status === 502) {
    const message = 'Oops. Something went wrong. Check your URI and try again.'
    return {
      status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: status, message }),
    }
  }
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
