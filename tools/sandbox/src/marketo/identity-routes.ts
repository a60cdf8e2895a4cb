import type { FastifyInstance } from 'fastify'
import { bodyOf, formType, mediaTypeOf, queryOf } from '../http/server.ts'
import type { MarketoSettings } from './settings.ts'
import type { Tokens } from './tokens.ts'

/**
 * `GET|POST /identity/oauth/token` (reference §6.1). Outside of every limit; the only place, with 413 and 414, where the
 * HTTP status says something.
 */
export function identityRoutes(
  app: FastifyInstance,
  settings: MarketoSettings,
  tokens: Tokens,
): void {
  app.route({
    method: ['GET', 'POST'],
    url: '/identity/oauth/token',
    config: { operation: 'identity.token' },
    handler: (request, reply) => {
      const given = queryOf(request)
      if (mediaTypeOf(request) === formType) {
        for (const [name, value] of new URLSearchParams(bodyOf(request).toString())) {
          given.append(name, value)
        }
      }
      const refuse = (status: number, error: string, text: string): void => {
        request.answer = String(status)
        void reply.code(status).send({ error, error_description: text })
      }
      if (given.get('grant_type') !== 'client_credentials') {
        refuse(400, 'unsupported_grant_type', 'grant_type must be client_credentials')
        return
      }
      if (given.get('client_id') !== settings.clientId) {
        refuse(401, 'invalid_client', 'No client with requested id')
        return
      }
      if (given.get('client_secret') !== settings.clientSecret) {
        refuse(401, 'invalid_client', 'Bad client credentials')
        return
      }
      const { token, leftS } = tokens.issue()
      void reply.send({
        access_token: token,
        token_type: 'bearer',
        expires_in: leftS,
        scope: settings.apiUser,
      })
    },
  })
}
