import {
  connectionOf,
  connectionView,
  createConnection,
  deleteConnection,
  patchConnection,
  type Configuration,
  type ConnectionKind,
  type ConnectionRequest,
  type Decision,
  type IdAndEtag,
  type PatchOperation,
} from '@segue/destinations'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type, type TSchema } from 'typebox'
import { missingFor, permissionMissing } from '../../access/access.ts'
import { configureAs } from '../../services.ts'
import type { Services } from '../../services.ts'
import { jsonPatchSchema } from '../patched.ts'
import { answers, sandboxHeaders } from '../schemas.ts'
import {
  changeHeaders,
  contextOf,
  descriptionSchema,
  flowServicePath,
  idAndEtagSchema,
  idParams,
  madeFields,
  mayView,
  nameSchema,
  removed,
  shown,
  specRefSchema,
} from './flow-service-routes.ts'
import { listAnswerSchema, listItems, listQuerySchema, type ListQuery } from './list-items.ts'

/** Connections, source connections and target connections: alike but for what they stand on. */
export function connectionRoutes(gateway: FastifyInstance, services: Services): void {
  for (const { kind, path, what } of kinds) {
    const url = `${flowServicePath}/${path}`
    const view = async (request: FastifyRequest): Promise<readonly Shown[]> => {
      const { sandboxName } = contextOf(request, services)
      const configuration = await services.configuration.read()
      return configuration
        .all(kind)
        .filter(({ value }) => value.sandboxName === sandboxName)
        .map((document) =>
          shown(connectionView(configuration, kind, document), configuration, services),
        )
    }

    gateway.route<{ Querystring: ListQuery }>({
      method: 'GET',
      url,
      config: { access: mayView },
      schema: {
        tags: ['Flow service'],
        summary: `Lists ${what}s of the sandbox, newest first`,
        headers: sandboxHeaders,
        querystring: listQuerySchema,
        response: answers({ 200: listAnswerSchema(connectionSchema) }),
      },
      handler: async (request) => listItems(await view(request), request.query),
    })

    gateway.route<{ Params: { id: string } }>({
      method: 'GET',
      url: `${url}/:id`,
      config: { access: mayView },
      schema: {
        tags: ['Flow service'],
        summary: `Shows a ${what}`,
        headers: sandboxHeaders,
        params: idParams,
        response: answers({ 200: Type.Object({ items: Type.Array(connectionSchema) }) }),
      },
      handler: async (request, reply) => {
        const { sandboxName } = contextOf(request, services)
        const configuration = await services.configuration.read()
        const document = connectionOf(configuration, kind, request.params.id, sandboxName)
        reply.header('etag', document.etag)
        return {
          items: [shown(connectionView(configuration, kind, document), configuration, services)],
        }
      },
    })

    gateway.route<{ Body: ConnectionRequest }>({
      method: 'POST',
      url,
      config: { access: { rule: 'connect' } },
      schema: {
        tags: ['Flow service'],
        summary: `Makes a ${what}`,
        description:
          'No credentials are taken: those of the solutions are settings of the processors. One connection an organisation, over all sandboxes, unless `settings.maxConnectionsPerOrg` says otherwise.',
        headers: sandboxHeaders,
        body: bodies[kind],
        response: answers({ 201: idAndEtagSchema }),
      },
      handler: async (request, reply) => {
        const context = contextOf(request, services)
        const made = await configureAs(services, request, (configuration) =>
          createConnection(configuration, kind, request.body, context),
        )
        return reply.code(201).header('etag', made.etag).send(made)
      },
    })

    gateway.route<{ Params: { id: string }; Body: PatchOperation[] }>({
      method: 'PATCH',
      url: `${url}/:id`,
      config: { access: { rule: 'connect' } },
      schema: {
        tags: ['Flow service'],
        summary: `Changes a ${what} by a JSON Patch on what reading it shows`,
        headers: changeHeaders,
        params: idParams,
        body: jsonPatchSchema,
        response: answers({ 200: idAndEtagSchema }),
      },
      handler: async (request, reply) => {
        const context = contextOf(request, services)
        const { id } = request.params
        const ifMatch = request.headers['if-match']
        const changed = await configureAs(services, request, (configuration) =>
          refuseMarketingActions(
            request,
            configuration,
            id,
            patchConnection(configuration, kind, id, ifMatch, request.body, context),
          ),
        )
        reply.header('etag', changed.etag)
        return changed
      },
    })

    gateway.route<{ Params: { id: string } }>({
      method: 'DELETE',
      url: `${url}/:id`,
      config: { access: { rule: 'connect' } },
      schema: {
        tags: ['Flow service'],
        summary: `Removes a ${what} that nothing uses`,
        headers: sandboxHeaders,
        params: idParams,
        response: answers({ 202: removed }),
      },
      handler: async (request, reply) => {
        const context = contextOf(request, services)
        await configureAs(services, request, (configuration) =>
          deleteConnection(configuration, kind, request.params.id, context),
        )
        return reply.code(202).send()
      },
    })
  }
}

type Shown = Readonly<Record<string, unknown>>

const kinds = [
  { kind: 'connection', path: 'connections', what: 'connection' },
  { kind: 'sourceConnection', path: 'sourceConnections', what: 'source connection' },
  { kind: 'targetConnection', path: 'targetConnections', what: 'target connection' },
] as const

/** Editing marketing actions asks for activating too (`reference/platform.md` §5). */
function refuseMarketingActions(
  request: FastifyRequest,
  configuration: Configuration,
  id: string,
  decision: Decision<IdAndEtag>,
): Decision<IdAndEtag> {
  const before = configuration.get('targetConnection', id)?.value.params.marketingActions ?? []
  for (const { kind, value } of decision.writes) {
    if (kind !== 'targetConnection' || value === undefined) continue
    if (value.params.marketingActions.join('\n') === before.join('\n')) continue
    const missing = missingFor(request, ['manage-destinations', 'activate-destinations'])
    if (missing.length > 0) throw permissionMissing(missing)
  }
  return decision
}

const common = {
  name: nameSchema,
  description: Type.Optional(descriptionSchema),
  connectionSpec: specRefSchema,
}
/** What the Platform's own requests hold beside it counts for nothing here, but for credentials, which belong elsewhere. */
const others = { additionalProperties: true } as const
const formatSchema = Type.Object({ format: Type.Optional(Type.String()) }, others)
const baseConnectionId = Type.String({ minLength: 1, maxLength: 64 })

const bodies: Readonly<Record<ConnectionKind, TSchema>> = {
  connection: Type.Object(
    {
      ...common,
      auth: Type.Optional(
        Type.Object(
          { params: Type.Optional(Type.Object({}, { additionalProperties: false })) },
          { ...others, description: 'This destination asks for no credentials: none are kept.' },
        ),
      ),
    },
    others,
  ),
  sourceConnection: Type.Object(
    {
      ...common,
      baseConnectionId,
      data: Type.Optional(formatSchema),
      params: Type.Optional(Type.Object({}, others)),
    },
    others,
  ),
  targetConnection: Type.Object(
    {
      ...common,
      baseConnectionId,
      data: Type.Optional(formatSchema),
      params: Type.Optional(
        Type.Object(
          {
            solutions: Type.Optional(
              Type.Array(Type.String(), {
                description:
                  'For which flows may activate. Default: all that the organisation is provisioned for.',
              }),
            ),
            activationDelayMs: Type.Optional(Type.Integer({ minimum: 0 })),
            marketingActions: Type.Optional(Type.Array(Type.String())),
          },
          others,
        ),
      ),
    },
    others,
  ),
}

const connectionSchema = Type.Object(
  {
    ...madeFields,
    name: Type.String(),
    description: Type.String(),
    connectionSpec: specRefSchema,
    baseConnectionId: Type.Optional(Type.String()),
    data: Type.Optional(formatSchema),
    params: Type.Object({}, others),
    state: Type.String(),
  },
  { title: 'Connection' },
)
