import { refuseExceeding, Refusal, roleNamed, rolesNamed } from '@segue/destinations'
import type { TokenGrant } from '@segue/redis'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { actorOf } from '../../services.ts'
import { answers, timestampSchema } from '../schemas.ts'
import { rightsOfSender } from './services.ts'
import type { AccessServices } from './services.ts'

interface TokenBody {
  readonly name: string
  readonly roles: readonly string[]
  readonly expiresAt?: string
}

/** `/v1/tokens`: what programs and people authenticate with. */
export function tokenRoutes(gateway: FastifyInstance, services: AccessServices): void {
  const { clock, configuration, tokens, book, checks } = services
  const access = { anywhere: 'manage-access' } as const
  const tags = ['Access']

  const record = (request: FastifyRequest, action: 'created' | 'deleted', grant: TokenGrant) =>
    configuration.record([
      {
        ...actorOf(request),
        actor: actorOf(request).name,
        action,
        kind: grant.session === true ? 'session' : 'token',
        id: grant.id,
        [action === 'created' ? 'after' : 'before']: view(grant),
      },
    ])

  gateway.route({
    method: 'GET',
    url: '/v1/tokens',
    config: { access },
    schema: {
      tags,
      summary: 'Lists the tokens that are valid, and the browser sessions, oldest first',
      response: answers({ 200: Type.Object({ tokens: Type.Array(tokenSchema) }) }),
    },
    handler: async () => ({ tokens: (await tokens.list()).map(view) }),
  })

  gateway.route<{ Body: TokenBody }>({
    method: 'POST',
    url: '/v1/tokens',
    config: { access },
    schema: {
      tags,
      summary: 'Issues a token',
      description:
        'The answer shows it this once. Nobody issues one that allows more than he may himself: `RIGHTS_EXCEEDED`.',
      body: bodySchema,
      response: answers({
        201: Type.Object(
          { ...tokenFields, token: Type.String({ description: 'Shown this once.' }) },
          { title: 'IssuedToken' },
        ),
      }),
    },
    handler: async (request, reply) => {
      const { name, roles, expiresAt } = request.body
      const expiresAtMs = expiresAt === undefined ? undefined : Date.parse(expiresAt)
      if (expiresAtMs !== undefined && !(expiresAtMs > clock.nowMs())) {
        throw new Refusal('TOKEN_EXPIRY_PAST', 'the time in expiresAt is no time to come')
      }
      const all = await configuration.read()
      const unknown = roles.filter((role) => roleNamed(all, book.builtIn, role) === undefined)
      if (unknown.length > 0) {
        throw new Refusal('TOKEN_ROLES_UNKNOWN', 'there are no roles of these names', {
          roles: unknown,
        })
      }
      refuseExceeding(rightsOfSender(request), rolesNamed(all, book.builtIn, roles))
      const { token, grant } = await tokens.issue({
        name,
        roles,
        createdBy: actorOf(request).name,
        ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
      })
      await record(request, 'created', grant)
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ ...view(grant), token })
    },
  })

  gateway.route<{ Params: { id: string } }>({
    method: 'DELETE',
    url: '/v1/tokens/:id',
    config: { access },
    schema: {
      tags,
      summary: 'Revokes a token, with the browser sessions that were made from it',
      description:
        'It counts at every gateway within a second. The last token of an administrator stays, and so does one that allows more than yours.',
      params: Type.Object({ id: Type.String() }),
      response: answers({ 204: Type.Null({ description: 'Revoked.' }) }),
    },
    handler: async (request, reply) => {
      const { id } = request.params
      const grant = (await tokens.list()).find((one) => one.id === id)
      if (grant === undefined) throw tokenUnknown()
      const all = await configuration.read()
      refuseExceeding(rightsOfSender(request), rolesNamed(all, book.builtIn, grant.roles))
      if (!(await tokens.revoke(id))) throw tokenUnknown()
      checks.forget()
      await record(request, 'deleted', grant)
      return reply.code(204).send()
    },
  })
}

function tokenUnknown(): Refusal {
  return new Refusal('TOKEN_UNKNOWN', 'there is no token of this id')
}

function view(grant: TokenGrant): Readonly<Record<string, unknown>> {
  const { id, name, roles, createdAtMs, expiresAtMs, createdBy, ending, session } = grant
  return {
    id,
    name,
    roles,
    createdAt: new Date(createdAtMs).toISOString(),
    ...(expiresAtMs === undefined ? {} : { expiresAt: new Date(expiresAtMs).toISOString() }),
    ...(createdBy === undefined ? {} : { createdBy }),
    ...(ending === undefined ? {} : { ending }),
    session: session === true,
  }
}

const rolesSchema = Type.Array(Type.String({ maxLength: 100 }), {
  maxItems: 100,
  uniqueItems: true,
  examples: [['Marketing']],
})

const bodySchema = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'Who or what will use it, as the audit shows it.',
    }),
    roles: rolesSchema,
    expiresAt: Type.Optional(timestampSchema),
  },
  { additionalProperties: false },
)

const tokenFields = {
  id: Type.String(),
  name: Type.String(),
  roles: rolesSchema,
  createdAt: timestampSchema,
  expiresAt: Type.Optional(timestampSchema),
  createdBy: Type.Optional(Type.String()),
  ending: Type.Optional(Type.String({ description: 'The last characters of the token.' })),
  session: Type.Boolean({ description: "It stands for a browser's session." }),
}

const tokenSchema = Type.Object(tokenFields, { title: 'Token' })
