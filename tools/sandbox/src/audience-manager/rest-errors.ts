import type { WireAnswer } from '../faults/inject.ts'

/** A refused REST call: an HTTP status, and a body that says why. */
export class RestRefused extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** The gateway's codes come before Audience Manager's own (reference §0.4); its bodies have other names. */
const gateway: Readonly<Record<string, readonly [status: number, message: string]>> = {
  '401013': [401, 'Oauth token is not valid'],
  '403000': [403, 'Api Key is required'],
  '403003': [403, 'Api Key is invalid'],
  '403010': [403, 'Oauth token is missing'],
  '403023': [403, 'Profile is not valid'],
  '404040': [404, 'Resource not found'],
  '429001': [429, 'Too many requests'],
  '429050': [429, 'Too many requests'],
}

export function gatewayRefused(code: string): RestRefused {
  const [status, message] = gateway[code] ?? [500, 'Unknown']
  return new RestRefused(status, code, message)
}

/** A refusal on the wire. */
export function refusalAnswer({ status, code, message }: RestRefused): WireAnswer {
  const body =
    code in gateway ? { error_code: code, message } : { code, message, status: String(status) }
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** Scripted codes: the gateway's, or an HTTP status. */
export function restFaultAnswer(code: string): WireAnswer | undefined {
  if (code in gateway) return refusalAnswer(gatewayRefused(code))
  const status = Number(code)
  if (!(status >= 400 && status < 600)) return undefined
  if (status === 502) {
    const message = 'Oops. Something went wrong. Check your URI and try again.'
    return {
      status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code: status, message }),
    }
  }
  return refusalAnswer(new RestRefused(status, 'sandbox_fault', 'asked for'))
}
