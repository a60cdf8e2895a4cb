import { effectivePolicies } from '@segue/destinations'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { mayAlso } from '../../access/access.ts'
import { answers, mapOf, sandboxHeaders, timestampSchema } from '../schemas.ts'
import type { AccessServices } from './services.ts'

const askedMax = 1_000

/** `GET /v1/me`: whom the token stands for and what it allows; and the same as the platform's API tells it. */
export function meRoutes(gateway: FastifyInstance, { configuration, book }: AccessServices): void {
  gateway.route({
    method: 'GET',
    url: '/v1/me',
    config: { access: 'anyToken' },
    schema: {
      tags: ['Access'],
      summary: 'Shows whom the token stands for, and what it allows where',
      response: answers({ 200: meSchema }),
    },
    handler: async (request) => {
      const { grant, standing } = request
      if (grant === null || standing === null) throw new Error('the route is not for anybody')
      const all = await configuration.read()
      const isRole = (name: string): boolean =>
        book.builtIn.some((role) => role.name === name) || all.get('role', name) !== undefined
      const sandboxes = standing.sandboxes.map((name) => ({
        name,
        permissions: standing.rights.permissionsIn(name),
        mayConnect: mayAlso(request, { rule: 'connect' }, name),
        mayActivate: mayAlso(request, { rule: 'activate' }, name),
      }))
      return {
        name: grant.name,
        imsOrgId: standing.imsOrgId,
        roles: grant.roles.filter(isRole),
        unknownRoles: grant.roles.filter((name) => !isRole(name)),
        ...(grant.expiresAtMs === undefined
          ? {}
          : { expiresAt: new Date(grant.expiresAtMs).toISOString() }),
        // Where nothing is allowed is not told: names of sandboxes are for those who have to do with them.
        sandboxes: sandboxes.filter(({ permissions }) => permissions.length > 0),
      }
    },
  })

  gateway.route<{ Body: string[] }>({
    method: 'POST',
    url: '/data/foundation/access-control/acl/effective-policies',
    config: { access: 'anyToken' },
    schema: {
      tags: ['Access'],
      summary: 'Tells which of the permissions and resource types asked for the token holds',
      description: 'In the sandbox of the request. What is not held, or not known, is left out.',
      headers: sandboxHeaders,
      body: Type.Array(Type.String({ maxLength: 200 }), {
        maxItems: askedMax,
        examples: [['/permissions/manage-destinations', '/resource-types/segments']],
      }),
      response: answers({ 200: Type.Object({ policies: mapOf(Type.Array(Type.String())) }) }),
    },
    handler: (request) => ({
      policies: effectivePolicies(request.body, (permission) => mayAlso(request, permission)),
    }),
  })
}

const namesSchema = Type.Array(Type.String())

const meSchema = Type.Object(
  {
    name: Type.String(),
    imsOrgId: Type.String(),
    roles: namesSchema,
    unknownRoles: Type.Array(Type.String(), {
      description: "Names that the token has and that are no role's: they allow nothing.",
    }),
    expiresAt: Type.Optional(timestampSchema),
    sandboxes: Type.Array(
      Type.Object({
        name: Type.String(),
        permissions: namesSchema,
        mayConnect: Type.Boolean({ description: "By the organisation's rule." }),
        mayActivate: Type.Boolean({ description: "By the organisation's rule." }),
      }),
      { description: 'Those in which the token allows anything.' },
    ),
  },
  { title: 'Me' },
)
