import type { WireAnswer } from '../faults/inject.ts'
import { gatewayFault, GatewayRefused, gatewayRefused } from '../gateway/gateway.ts'

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

export function refusalAnswer(refused: AnalyticsRefused | GatewayRefused): WireAnswer {
  if (refused instanceof GatewayRefused) return refused.answer
  const { status, body } = refused
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
    const byGateway = gatewayFault(code)
    if (byGateway !== undefined) return byGateway
    const status = Number(code)
    if (!(status >= 400 && status < 600)) return undefined
    if (status === 429) return gatewayRefused('429050').answer
    const words = collectWords[status] ?? 'asked for'
    return refusalAnswer(
      server === 'collect'
        ? collectRefused(status, words)
        : apiRefused(status, 'sandbox_fault', 'asked for'),
    )
  }
}
