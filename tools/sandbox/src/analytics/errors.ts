import type { WireAnswer } from '../faults/inject.ts'

/** A refused call, as its own API words it. */
export class AnalyticsRefused extends Error {
  readonly status: number
  /** What the journal calls the answer. */
  readonly code: string
  readonly body: Readonly<Record<string, unknown>>

  constructor(status: number, code: string, body: Readonly<Record<string, unknown>>) {
    super(code)
    this.status = status
    this.code = code
    this.body = body
  }
}

/** The gateway's codes (reference §0.4). */
const gateway: Readonly<Record<string, readonly [status: number, message: string]>> = {
  '401013': [401, 'Oauth token is not valid'],
  '403000': [403, 'Api Key is required'],
  '403003': [403, 'Api Key is invalid'],
  '403010': [403, 'Oauth token is missing'],
  '403023': [403, 'Profile is not valid'],
  '404040': [404, 'Requested resource not found'],
  '429001': [429, 'Too many requests'],
  '429050': [429, 'Too many requests'],
}

export function gatewayRefused(code: string): AnalyticsRefused {
  const [status, message] = gateway[code] ?? [500, 'Unknown']
  return new AnalyticsRefused(status, code, { error_code: code, message })
}

/** Bulk Data Insertion says what is wrong in one field (reference §2.2 A). */
export function collectRefused(status: number, error: string): AnalyticsRefused {
  return new AnalyticsRefused(status, String(status), { error })
}

/** The 2.0 API's own refusals [K]. */
export function apiRefused(status: number, code: string, text: string): AnalyticsRefused {
  return new AnalyticsRefused(status, String(status), {
    errorCode: code,
    errorDescription: text,
    errorId: 'sandbox',
  })
}

export function refusalAnswer({ status, body }: AnalyticsRefused): WireAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }
}

const collectWords: Readonly<Record<number, string>> = {
  400: "Request is missing required header 'x-adobe-vgid'",
  401: 'Invalid token (1)',
  403: 'This action is not currently allowed',
  404: 'File not found',
  413: 'The file is larger than the permitted size',
  500: 'Internal error',
}

/** Scripted codes of both servers: the gateway's, or an HTTP status in the server's own shape. */
export function faultAnswer(server: 'collect' | 'api'): (code: string) => WireAnswer | undefined {
  return (code) => {
    if (code in gateway) return refusalAnswer(gatewayRefused(code))
    const status = Number(code)
    if (!(status >= 400 && status < 600)) return undefined
    if (status === 429) return refusalAnswer(gatewayRefused('429050'))
    if (status === 502) {
      const message = 'Oops. Something went wrong. Check your URI and try again.'
      return refusalAnswer(new AnalyticsRefused(status, code, { code: status, message }))
    }
    const words = collectWords[status] ?? 'asked for'
    return refusalAnswer(
      server === 'collect'
        ? collectRefused(status, words)
        : apiRefused(status, 'sandbox_fault', 'asked for'),
    )
  }
}
