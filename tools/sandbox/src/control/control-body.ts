import type { FastifyRequest } from 'fastify'
import { bodyOf } from '../http/server.ts'
import { parseObject } from '../json/json.ts'

/** A control request that cannot be understood. */
export class ControlInvalid extends Error {
  readonly code = 'SANDBOX_CONTROL_INVALID'
}

/** The body of a control request. @throws ControlInvalid where it is no JSON object */
export function controlBody(request: FastifyRequest): Record<string, unknown> {
  const body = parseObject(bodyOf(request).toString())
  if (body === undefined) throw new ControlInvalid('the body must be a JSON object')
  return body
}
