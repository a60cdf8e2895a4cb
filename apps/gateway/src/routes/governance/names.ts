import {
  coreLabels,
  coreMarketingActions,
  deleteMarketingAction,
  ownLabel,
  ownMarketingAction,
  putLabel,
  putMarketingAction,
} from '@segue/destinations'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { Problem } from '../../problem.ts'
import { configureAs, type Services } from '../../services.ts'
import { answers } from '../schemas.ts'
import { manage, tags, view } from './governance-access.ts'
import {
  labelFields,
  labelSchema,
  listSchema,
  marketingActionFields,
  marketingActionSchema,
  pathNameSchema,
  readOnlyFields,
} from './schemas.ts'
import {
  containers,
  governanceBase,
  listQuery,
  madeBySegue,
  viewContext,
  viewLabel,
  viewList,
  viewMarketingAction,
  type ListQuery,
} from './views.ts'

const nameParams = Type.Object({ name: pathNameSchema })

/** `/marketingActions/{core|custom}`: what data is used for. */
export function marketingActionRoutes(gateway: FastifyInstance, services: Services): void {
  for (const container of containers) {
    const url = `${governanceBase}/marketingActions/${container}`
    gateway.route<{ Querystring: ListQuery }>({
      method: 'GET',
      url,
      config: { access: view },
      schema: {
        tags,
        summary: `Lists ${container} marketing actions`,
        querystring: listQuery,
        response: answers({ 200: listSchema(marketingActionSchema) }),
      },
      handler: async (request) => {
        const configuration = await services.configuration.read()
        const context = viewContext(request, configuration)
        const views =
          container === 'core'
            ? Array.from(coreMarketingActions, ([name, action]) =>
                viewMarketingAction(context, container, name, action, madeBySegue),
              )
            : configuration
                .all('marketingAction')
                .map((document) =>
                  viewMarketingAction(context, container, document.id, document.value, document),
                )
        return viewList(context, `marketingActions/${container}`, views, request.query)
      },
    })
    gateway.route<{ Params: { name: string } }>({
      method: 'GET',
      url: `${url}/:name`,
      config: { access: view },
      schema: {
        tags,
        summary: `Shows a ${container} marketing action`,
        params: nameParams,
        response: answers({ 200: marketingActionSchema }),
      },
      handler: async (request) => {
        const configuration = await services.configuration.read()
        const context = viewContext(request, configuration)
        const { name } = request.params
        if (container === 'custom') {
          const document = ownMarketingAction(configuration, name)
          return viewMarketingAction(context, container, name, document.value, document)
        }
        const action = coreMarketingActions.get(name)
        if (action === undefined) {
          throw new Problem(
            'MARKETING_ACTION_NOT_FOUND',
            'there is no core marketing action so named',
          )
        }
        return viewMarketingAction(context, container, name, action, madeBySegue)
      },
    })
  }

  const url = `${governanceBase}/marketingActions/custom/:name`
  gateway.route<{ Params: { name: string }; Body: { name?: string; description?: string } }>({
    method: 'PUT',
    url,
    config: { access: manage },
    schema: {
      tags,
      summary: 'Makes or changes a marketing action',
      params: nameParams,
      body: Type.Object(
        { ...readOnlyFields, ...marketingActionFields },
        { additionalProperties: false },
      ),
      response: answers({ 200: marketingActionSchema, 201: marketingActionSchema }),
    },
    handler: async (request, reply) => {
      const { name } = request.params
      checkName(name, request.body.name)
      const { description = '' } = request.body
      const { isNew, document } = await configureAs(services, request, (configuration) =>
        putMarketingAction(configuration, name, { description }),
      )
      const context = viewContext(request, await services.configuration.read())
      reply.code(isNew ? 201 : 200)
      return viewMarketingAction(context, 'custom', name, document.value, document)
    },
  })
  gateway.route<{ Params: { name: string } }>({
    method: 'DELETE',
    url,
    config: { access: manage },
    schema: {
      tags,
      summary: 'Deletes a marketing action that nothing refers to',
      params: nameParams,
      response: answers({ 200: { description: 'Deleted.', type: 'null' } }),
    },
    handler: async (request, reply) => {
      await configureAs(services, request, (configuration) =>
        deleteMarketingAction(configuration, request.params.name),
      )
      return reply.send()
    },
  })
}

/** `/labels/{core|custom}`. The Platform has no way to delete a label, and neither has Segue. */
export function labelRoutes(gateway: FastifyInstance, services: Services): void {
  for (const container of containers) {
    const url = `${governanceBase}/labels/${container}`
    gateway.route<{ Querystring: ListQuery }>({
      method: 'GET',
      url,
      config: { access: view },
      schema: {
        tags,
        summary: `Lists ${container} labels`,
        querystring: listQuery,
        response: answers({ 200: listSchema(labelSchema) }),
      },
      handler: async (request) => {
        const configuration = await services.configuration.read()
        const context = viewContext(request, configuration)
        const views =
          container === 'core'
            ? Array.from(coreLabels, ([name, label]) =>
                viewLabel(context, container, name, label, madeBySegue),
              )
            : configuration
                .all('label')
                .map((document) =>
                  viewLabel(context, container, document.id, document.value, document),
                )
        return viewList(context, `labels/${container}`, views, request.query)
      },
    })
    gateway.route<{ Params: { name: string } }>({
      method: 'GET',
      url: `${url}/:name`,
      config: { access: view },
      schema: {
        tags,
        summary: `Shows a ${container} label`,
        params: nameParams,
        response: answers({ 200: labelSchema }),
      },
      handler: async (request) => {
        const configuration = await services.configuration.read()
        const context = viewContext(request, configuration)
        const { name } = request.params
        if (container === 'custom') {
          const document = ownLabel(configuration, name)
          return viewLabel(context, container, name, document.value, document)
        }
        const label = coreLabels.get(name)
        if (label === undefined)
          throw new Problem('LABEL_NOT_FOUND', 'there is no core label so named')
        return viewLabel(context, container, name, label, madeBySegue)
      },
    })
  }

  gateway.route<{
    Params: { name: string }
    Body: { name?: string; category?: string; friendlyName: string; description?: string }
  }>({
    method: 'PUT',
    url: `${governanceBase}/labels/custom/:name`,
    config: { access: manage },
    schema: {
      tags,
      summary: 'Makes or changes a label',
      params: nameParams,
      body: Type.Object({ ...readOnlyFields, ...labelFields }, { additionalProperties: false }),
      response: answers({ 200: labelSchema, 201: labelSchema }),
    },
    handler: async (request, reply) => {
      const { name } = request.params
      checkName(name, request.body.name)
      const { category = 'Custom', friendlyName, description = '' } = request.body
      const { isNew, document } = await configureAs(services, request, (configuration) =>
        putLabel(configuration, name, { category, friendlyName, description }),
      )
      const context = viewContext(request, await services.configuration.read())
      reply.code(isNew ? 201 : 200)
      return viewLabel(context, 'custom', name, document.value, document)
    },
  })
}

function checkName(inAddress: string, inBody: string | undefined): void {
  if (inBody === undefined || inBody === inAddress) return
  throw new Problem('NAME_MISMATCH', 'the name in the body is not the one in the address')
}
