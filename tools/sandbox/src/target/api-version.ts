import type { FastifyRequest } from 'fastify'
import { mediaTypeOf } from '../http/server.ts'
import { unsupportedFeature } from './admin-errors.ts'

/** Audiences are of the API's third version. */
export const audienceMediaType = 'application/vnd.adobe.target.v3+json'

const withBody: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

/**
 * The version is said by `Content-Type` where there is a body, by `Accept` where there is none, and is the first where
 * nobody says it (reference §5.3).
 * @throws AdminRefused 406 where it is not the third
 */
export function requireAudienceVersion(request: FastifyRequest): void {
  const said = withBody.has(request.method)
    ? [mediaTypeOf(request)]
    : (request.headers.accept ?? '')
        .split(',')
        .map((part) => part.split(';', 1)[0]?.trim().toLowerCase())
  if (!said.includes(audienceMediaType)) throw unsupportedFeature()
}
