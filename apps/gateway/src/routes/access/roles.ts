import { allPermissions, createRole, deleteRole, replaceRole, Refusal } from '@segue/destinations'
import type { Document, Permission, Role } from '@segue/destinations'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { configureAs } from '../../services.ts'
import { answers, timestampSchema } from '../schemas.ts'
import { rightsOfSender } from './services.ts'
import type { AccessServices } from './services.ts'

type RoleFields = Omit<Role, 'name'>

/** `/v1/roles`: what binds permissions and sandboxes. */
export function roleRoutes(gateway: FastifyInstance, services: AccessServices): void {
  const { configuration, tokens, book } = services
  const access = { anywhere: 'manage-access' } as const
  const tags = ['Access']

  gateway.route({
    method: 'GET',
    url: '/v1/roles',
    config: { access },
    schema: {
      tags,
      summary: 'Lists the roles, the built-in ones first',
      response: answers({ 200: Type.Object({ roles: Type.Array(roleSchema) }) }),
    },
    handler: async () => {
      const all = await configuration.read()
      return { roles: [...book.builtIn.map(builtInView), ...all.all('role').map(view)] }
    },
  })

  gateway.route<{ Params: { name: string } }>({
    method: 'GET',
    url: '/v1/roles/:name',
    config: { access },
    schema: {
      tags,
      summary: 'Shows a role',
      params: paramsSchema,
      response: answers({ 200: roleSchema }),
    },
    handler: async (request, reply) => {
      const { name } = request.params
      const builtIn = book.builtIn.find((role) => role.name === name)
      if (builtIn !== undefined) return builtInView(builtIn)
      const document = (await configuration.read()).get('role', name)
      if (document === undefined) throw new Refusal('ROLE_UNKNOWN', 'there is no role of this name')
      return answerWith(reply, document)
    },
  })

  gateway.route<{ Body: Role }>({
    method: 'POST',
    url: '/v1/roles',
    config: { access },
    schema: {
      tags,
      summary: 'Creates a role',
      description: `Its name is what tokens, and claims of an issuer's tokens, refer to; it stays. ${boundText}`,
      body: Type.Object({ name: nameSchema, ...fields }, { additionalProperties: false }),
      response: answers({ 201: roleSchema }),
    },
    handler: async (request, reply) => {
      const context = { rights: rightsOfSender(request), builtIn: book.builtIn }
      const document = await configureAs(services, request, (all) =>
        createRole(all, context, request.body),
      )
      book.forget()
      return answerWith(reply.code(201), document)
    },
  })

  gateway.route<{ Params: { name: string }; Body: RoleFields }>({
    method: 'PUT',
    url: '/v1/roles/:name',
    config: { access },
    schema: {
      tags,
      summary: 'Replaces what a role binds',
      description: `It counts at every gateway within a second, for tokens that are out there too. ${boundText}`,
      params: paramsSchema,
      headers: ifMatchSchema,
      body: Type.Object(fields, { additionalProperties: false }),
      response: answers({ 200: roleSchema }),
    },
    handler: async (request, reply) => {
      const context = { rights: rightsOfSender(request), builtIn: book.builtIn }
      const role = { ...request.body, name: request.params.name }
      const document = await configureAs(services, request, (all) =>
        replaceRole(all, context, role, request.headers['if-match']),
      )
      book.forget()
      return answerWith(reply, document)
    },
  })

  gateway.route<{ Params: { name: string } }>({
    method: 'DELETE',
    url: '/v1/roles/:name',
    config: { access },
    schema: {
      tags,
      summary: 'Deletes a role that no token has',
      description: boundText,
      params: paramsSchema,
      headers: ifMatchSchema,
      response: answers({ 204: Type.Null({ description: 'Deleted.' }) }),
    },
    handler: async (request, reply) => {
      const { name } = request.params
      const context = { rights: rightsOfSender(request), builtIn: book.builtIn }
      const holders = (await tokens.list()).filter(
        ({ session, roles }) => session !== true && roles.includes(name),
      )
      const wanted = { name, usedBy: holders.length, ifMatch: request.headers['if-match'] }
      await configureAs(services, request, (all) => deleteRole(all, context, wanted))
      book.forget()
      return reply.code(204).send()
    },
  })
}

const boundText =
  'Nobody gives, changes or takes away what allows more than he may himself: `RIGHTS_EXCEEDED`.'

interface RoleView extends Role {
  readonly builtIn: boolean
}

function builtInView(role: Role): RoleView {
  return { ...role, builtIn: true }
}

function view({
  value,
  etag,
  createdAtMs,
  updatedAtMs,
  createdBy,
  updatedBy,
}: Document<'role'>): RoleView & {
  readonly etag: string
  readonly [field: string]: unknown
} {
  return {
    ...value,
    builtIn: false,
    etag,
    createdAt: new Date(createdAtMs).toISOString(),
    updatedAt: new Date(updatedAtMs).toISOString(),
    createdBy,
    updatedBy,
  }
}

function answerWith(reply: FastifyReply, document: Document<'role'>): RoleView {
  reply.header('etag', document.etag)
  return view(document)
}

/** Printable text, no space at either end: it stands in addresses and in lists with spaces between. */
const nameSchema = Type.String({
  minLength: 1,
  maxLength: 100,
  pattern: '^[^\\s\\u0000-\\u001f]([^\\u0000-\\u001f]*[^\\s\\u0000-\\u001f])?$',
  examples: ['Marketing'],
})

const paramsSchema = Type.Object({
  name: Type.String({ description: 'Percent-encoded.', examples: ['administrator'] }),
})

const ifMatchSchema = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      description: 'The `etag` that was read, with its quotes. Required to change, not to delete.',
    }),
  ),
})

const fields = {
  description: Type.String({ maxLength: 1_000 }),
  permissions: Type.Array(
    Type.Union(allPermissions.map((name) => Type.Literal<Permission>(name))),
    { uniqueItems: true },
  ),
  sandboxes: Type.Array(Type.String({ pattern: '^(\\*|[a-z0-9-]{1,40})$' }), {
    uniqueItems: true,
    minItems: 1,
    maxItems: 100,
    description: 'Names of sandboxes, or `*` for all, now and later.',
    examples: [['prod']],
  }),
}

const roleSchema = Type.Object(
  {
    name: nameSchema,
    ...fields,
    builtIn: Type.Boolean({ description: 'It can be neither changed nor deleted.' }),
    etag: Type.Optional(Type.String()),
    createdAt: Type.Optional(timestampSchema),
    updatedAt: Type.Optional(timestampSchema),
    createdBy: Type.Optional(Type.String()),
    updatedBy: Type.Optional(Type.String()),
  },
  { title: 'Role' },
)
