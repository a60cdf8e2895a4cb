import { Refusal, connectionSpecs, flowSpec, organisationDocument } from '@segue/destinations'
import type { ConnectionSpec } from '@segue/destinations'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { Services } from '../../services.ts'
import { answers } from '../schemas.ts'
import { flowServicePath, idParams, mayView } from './flow-service-routes.ts'
import { listAnswerSchema, listItems, listQuerySchema, type ListQuery } from './list-items.ts'

/** The catalog: what can be connected, and by which flows. */
export function specRoutes(gateway: FastifyInstance, services: Services): void {
  const { configuration, config } = services
  const catalog = async (): Promise<readonly ConnectionSpec[]> => {
    const { entitlements } = organisationDocument(await configuration.read()).value
    return connectionSpecs(entitlements, config.solutions)
  }
  const specs = [
    {
      name: 'connectionSpecs',
      summary: 'the catalog: the profile store, and Experience Cloud Audiences',
      all: catalog,
      unknown: 'CONNECTION_SPEC_UNKNOWN',
    },
    {
      name: 'flowSpecs',
      summary: 'flow specs: there is one',
      all: async () => [flowSpec],
      unknown: 'FLOW_SPEC_UNKNOWN',
    },
  ] as const
  for (const { name, summary, all, unknown } of specs) {
    gateway.route<{ Querystring: ListQuery }>({
      method: 'GET',
      url: `${flowServicePath}/${name}`,
      config: { access: mayView },
      schema: {
        tags: ['Flow service'],
        summary: `Lists ${summary}`,
        querystring: listQuerySchema,
        response: answers({ 200: listAnswerSchema(specSchema) }),
      },
      handler: async (request) => listItems(await all(), { orderby: 'name', ...request.query }),
    })
    gateway.route<{ Params: { id: string } }>({
      method: 'GET',
      url: `${flowServicePath}/${name}/:id`,
      config: { access: mayView },
      schema: {
        tags: ['Flow service'],
        summary: `Shows one of ${summary}`,
        params: idParams,
        response: answers({ 200: Type.Object({ items: Type.Array(specSchema) }) }),
      },
      handler: async (request) => {
        const found = (await all()).find(({ id }) => id === request.params.id)
        if (found === undefined) throw new Refusal(unknown, 'there is no spec of this id')
        return { items: [found] }
      },
    })
  }
}

const specSchema = Type.Object(
  { id: Type.String(), name: Type.String(), version: Type.String() },
  { title: 'Spec', additionalProperties: true },
)
