import type { FastifyRequest } from 'fastify'
import type { WireAnswer } from '../faults/inject.ts'

/** A call that the gateway in front of Adobe's APIs refuses, with what goes out: its bodies are its own, not those of the API behind it. */
export class GatewayRefused extends Error {
  readonly code: string
  readonly answer: WireAnswer

  constructor(code: string, status: number, body: object) {
    super(code)
    this.code = code
    const headers = { 'content-type': 'application/json' }
    this.answer = { status, headers, body: JSON.stringify(body) }
  }
}

export type GatewayCode =
  | '401013'
  | '403000'
  | '403003'
  | '403010'
  | '403023'
  | '404040'
  | '429001'
  | '429050'

/** Its codes (reference §0.4). 403000 and 403003, and all texts but that of 403023, are those of other APIs behind it [I]. */
const codes: Readonly<Record<GatewayCode, readonly [status: number, message: string]>> = {
  '401013': [401, 'Oauth token is not valid'],
  '403000': [403, 'Api Key is required'],
  '403003': [403, 'Api Key is invalid'],
  '403010': [403, 'Oauth token is missing'],
  '403023': [403, 'Profile is not valid'],
  '404040': [404, 'Resource not found'],
  '429001': [429, 'Too many requests'],
  '429050': [429, 'Too many requests'],
}

export function gatewayRefused(code: GatewayCode): GatewayRefused {
  const [status, message] = codes[code]
  return new GatewayRefused(code, status, { error_code: code, message })
}

/** The gateway finds nothing behind the URI (reference §0.4). */
export function badUri(status: 500 | 502): GatewayRefused {
  const message = 'Oops. Something went wrong. Check your URI and try again.'
  return new GatewayRefused(String(status), status, { code: status, message })
}

/** A scripted code that is the gateway's own: one of its table, or 502. */
export function gatewayFault(code: string): WireAnswer | undefined {
  if (isGatewayCode(code)) return gatewayRefused(code).answer
  return code === '502' ? badUri(502).answer : undefined
}

function isGatewayCode(code: string): code is GatewayCode {
  return Object.hasOwn(codes, code)
}

/**
 * What the gateway asks of every call, in this order [I]: a token, an API key, the right one, a live token.
 * @throws GatewayRefused
 */
export function passGateway(
  { headers }: Pick<FastifyRequest, 'headers'>,
  clientId: string,
  isLiveToken: (token: string) => boolean,
): void {
  const { authorization, 'x-api-key': apiKey } = headers
  if (authorization === undefined) throw gatewayRefused('403010')
  if (apiKey === undefined) throw gatewayRefused('403000')
  if (apiKey !== clientId) throw gatewayRefused('403003')
  const token = /^Bearer (\S+)$/i.exec(authorization)?.[1] ?? ''
  if (!isLiveToken(token)) throw gatewayRefused('401013')
}
