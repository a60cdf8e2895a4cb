import { randomUUID } from 'node:crypto'
import {
  changePolicy,
  corePoliciesDocument,
  corePolicyDocuments,
  createPolicy,
  deletePolicy,
  enableCorePolicies,
  type Configuration,
  type Document,
  type PatchOperation,
  type PolicyDocument,
  type PolicyRequest,
} from '@segue/destinations'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { Problem } from '../../problem.ts'
import { configureAs, type Services } from '../../services.ts'
import { ifMatchHeaders, jsonPatchSchema, patchedBy } from '../patched.ts'
import { answers } from '../schemas.ts'
import { manage, tags, view } from './governance-access.ts'
import {
  enabledCorePoliciesSchema,
  listSchema,
  policyFields,
  policySchema,
  readOnlyFields,
} from './schemas.ts'
import {
  containers,
  governanceBase,
  listQuery,
  viewContext,
  viewList,
  viewMade,
  viewPolicy,
  type Container,
  type ListQuery,
} from './views.ts'

const policyBody = Type.Object(
  { ...readOnlyFields, ...policyFields },
  { additionalProperties: false },
)
const idParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 256 }) })

const urlOf = (container: Container): string => `${governanceBase}/policies/${container}`

/** `/policies/{core|custom}` and `/enabledCorePolicies`. */
export function policyRoutes(gateway: FastifyInstance, services: Services): void {
  const patched = patchedBy<PolicyRequest>(
    Type.Object(policyFields, { additionalProperties: false }),
  )
  /** Of the organisation's own policies, since nobody changes others. */
  const answerWith = async (request: FastifyRequest, policy: PolicyDocument): Promise<object> =>
    viewPolicy(viewContext(request, await services.configuration.read()), 'custom', policy)

  for (const container of containers) {
    gateway.route<{ Querystring: ListQuery }>({
      method: 'GET',
      url: urlOf(container),
      config: { access: view },
      schema: {
        tags,
        summary: `Lists ${container} policies`,
        querystring: listQuery,
        response: answers({ 200: listSchema(policySchema) }),
      },
      handler: async (request) => {
        const configuration = await services.configuration.read()
        const context = viewContext(request, configuration)
        const all = policiesIn(configuration, container)
        const views = all.map((policy) => viewPolicy(context, container, policy))
        return viewList(context, `policies/${container}`, views, request.query)
      },
    })
    gateway.route<{ Params: { id: string } }>({
      method: 'GET',
      url: `${urlOf(container)}/:id`,
      config: { access: view },
      schema: {
        tags,
        summary: `Shows a ${container} policy`,
        params: idParams,
        response: answers({ 200: policySchema }),
      },
      handler: async (request, reply) => {
        const configuration = await services.configuration.read()
        const { id } = request.params
        const policy = policiesIn(configuration, container).find((one) => one.id === id)
        if (policy === undefined) {
          throw new Problem('POLICY_UNKNOWN', `there is no ${container} policy of this id`)
        }
        reply.header('etag', policy.etag)
        return viewPolicy(viewContext(request, configuration), container, policy)
      },
    })
  }

  gateway.route<{ Body: PolicyRequest }>({
    method: 'POST',
    url: urlOf('custom'),
    config: { access: manage },
    schema: {
      tags,
      summary: 'Makes a policy',
      description: 'Without `status`: a draft, which restricts nothing.',
      body: policyBody,
      response: answers({ 201: policySchema }),
    },
    handler: async (request, reply) => {
      const id = randomUUID()
      const policy = await configureAs(services, request, (configuration) =>
        createPolicy(configuration, id, request.body),
      )
      reply.code(201).header('etag', policy.etag)
      return answerWith(request, policy)
    },
  })

  gateway.route<{ Params: { id: string }; Body: PolicyRequest }>({
    method: 'PUT',
    url: `${urlOf('custom')}/:id`,
    config: { access: manage },
    schema: {
      tags,
      summary: 'Replaces a policy',
      params: idParams,
      headers: ifMatchHeaders,
      body: policyBody,
      response: answers({ 200: policySchema }),
    },
    handler: async (request, reply) => {
      const { id } = request.params
      const policy = await configureAs(services, request, (configuration) =>
        changePolicy(configuration, id, request.headers['if-match'], () => request.body),
      )
      reply.header('etag', policy.etag)
      return answerWith(request, policy)
    },
  })

  gateway.route<{ Params: { id: string }; Body: PatchOperation[] }>({
    method: 'PATCH',
    url: `${urlOf('custom')}/:id`,
    config: { access: manage },
    schema: {
      tags,
      summary: 'Changes parts of a policy',
      params: idParams,
      headers: ifMatchHeaders,
      body: jsonPatchSchema,
      response: answers({ 200: policySchema }),
    },
    handler: async (request, reply) => {
      const { id } = request.params
      const policy = await configureAs(services, request, (configuration) =>
        changePolicy(configuration, id, request.headers['if-match'], ({ value }) => {
          const { marketingActions: marketingActionRefs, ...others } = value
          return patched({ ...others, marketingActionRefs }, request.body)
        }),
      )
      reply.header('etag', policy.etag)
      return answerWith(request, policy)
    },
  })

  gateway.route<{ Params: { id: string } }>({
    method: 'DELETE',
    url: `${urlOf('custom')}/:id`,
    config: { access: manage },
    schema: {
      tags,
      summary: 'Deletes a policy',
      params: idParams,
      headers: ifMatchHeaders,
      response: answers({ 200: { description: 'Deleted.', type: 'null' } }),
    },
    handler: async (request, reply) => {
      await configureAs(services, request, (configuration) =>
        deletePolicy(configuration, request.params.id, request.headers['if-match']),
      )
      return reply.send()
    },
  })

  enabledCorePoliciesRoutes(gateway, services)
}

function policiesIn(configuration: Configuration, container: Container): readonly PolicyDocument[] {
  return container === 'core' ? corePolicyDocuments(configuration) : configuration.all('policy')
}

function enabledCorePoliciesRoutes(gateway: FastifyInstance, services: Services): void {
  const url = `${governanceBase}/enabledCorePolicies`
  const answerWith = async (
    request: FastifyRequest,
    document: Document<'corePolicies'>,
  ): Promise<object> => ({
    policyIds: document.value.enabled,
    ...viewMade(
      viewContext(request, await services.configuration.read()),
      document,
      'enabledCorePolicies',
    ),
  })
  gateway.route({
    method: 'GET',
    url,
    config: { access: view },
    schema: {
      tags,
      summary: 'Lists the core policies that are enabled',
      response: answers({ 200: enabledCorePoliciesSchema }),
    },
    handler: async (request, reply) => {
      const document = corePoliciesDocument(await services.configuration.read())
      reply.header('etag', document.etag)
      return answerWith(request, document)
    },
  })
  gateway.route<{ Body: { policyIds: string[] } }>({
    method: 'PUT',
    url,
    config: { access: manage },
    schema: {
      tags,
      summary: 'Enables these core policies, and no other',
      headers: ifMatchHeaders,
      body: Type.Object(
        { policyIds: Type.Array(Type.String({ maxLength: 256 }), { maxItems: 100 }) },
        { additionalProperties: false },
      ),
      response: answers({ 200: enabledCorePoliciesSchema }),
    },
    handler: async (request, reply) => {
      const document = await configureAs(services, request, (configuration) =>
        enableCorePolicies(configuration, request.body.policyIds, request.headers['if-match']),
      )
      reply.header('etag', document.etag)
      return answerWith(request, document)
    },
  })
}
