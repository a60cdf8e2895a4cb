import { randomUUID } from 'node:crypto'
import {
  actOnFlow,
  createFlow,
  deleteFlow,
  flowOf,
  flowView,
  patchFlow,
  rehearse,
  reviewFlow,
  subscribeWithFlow,
  type Configuration,
  type Decision,
  type Document,
  type FlowRequest,
  type FlowReview,
  type FlowSubscription,
  type IdAndEtag,
  type PatchOperation,
} from '@segue/destinations'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { missingFor, permissionMissing } from '../../access/access.ts'
import { sandboxOf } from '../../sandbox.ts'
import { actorOf, configureAs } from '../../services.ts'
import type { Services } from '../../services.ts'
import { jsonPatchSchema } from '../patched.ts'
import { answers, sandboxHeaders } from '../schemas.ts'
import { withNoticedSegments } from '../segments/seen-segments.ts'
import { flowBody, flowReviewSchema, flowSchema } from './flow-schemas.ts'
import {
  changeHeaders,
  contextOf,
  flowServicePath,
  idAndEtagSchema,
  idParams,
  mayView,
  removed,
  shown,
} from './flow-service-routes.ts'
import { listAnswerSchema, listItems, listQuerySchema, type ListQuery } from './list-items.ts'

const url = `${flowServicePath}/flows`
/** A flow with all its segments, and what a patch may hold. */
const bodyBytesMax = 4_194_304

/** A flow as it is asked for, with who is to be told of its alerts. */
type FlowBody = FlowRequest & { readonly alerts?: readonly FlowSubscription[] }

/** Flows: which segments go where. */
export function flowRoutes(gateway: FastifyInstance, services: Services): void {
  gateway.route<{ Querystring: ListQuery }>({
    method: 'GET',
    url,
    config: { access: mayView },
    schema: {
      tags: ['Flow service'],
      summary: 'Lists flows of the sandbox, newest first',
      headers: sandboxHeaders,
      querystring: listQuerySchema,
      response: answers({ 200: listAnswerSchema(flowSchema) }),
    },
    handler: async (request) => {
      const { name } = sandboxOf(request, services.sandboxes)
      const configuration = await services.configuration.read()
      const flows = configuration
        .all('flow')
        .filter(({ value }) => value.sandboxName === name)
        .map((flow) => shown(flowView(configuration, flow), configuration, services))
      return listItems(flows, request.query)
    },
  })

  gateway.route<{ Params: { id: string } }>({
    method: 'GET',
    url: `${url}/:id`,
    config: { access: mayView },
    schema: {
      tags: ['Flow service'],
      summary: 'Shows a flow',
      headers: sandboxHeaders,
      params: idParams,
      response: answers({ 200: Type.Object({ items: Type.Array(flowSchema) }) }),
    },
    handler: async (request, reply) => {
      const { name } = sandboxOf(request, services.sandboxes)
      const configuration = await services.configuration.read()
      const flow = flowOf(configuration, request.params.id, name)
      reply.header('etag', flow.etag)
      return { items: [shown(flowView(configuration, flow), configuration, services)] }
    },
  })

  gateway.route<{ Body: FlowBody; Querystring: DryRun }>({
    method: 'POST',
    url,
    bodyLimit: bodyBytesMax,
    config: { access: { rule: 'connect' } },
    schema: {
      tags: ['Flow service'],
      summary: 'Makes a flow, which is on at once',
      description:
        'With segments it activates, and needs what activating needs. While the legacy integration is on the flow is held, until the cutover.',
      headers: sandboxHeaders,
      querystring: dryRunSchema,
      body: flowBody,
      response: answers({ 200: flowReviewSchema, 201: idAndEtagSchema }),
    },
    handler: async (request, reply) => {
      const context = contextOf(request, services)
      const decide = (configuration: Configuration): Decision<IdAndEtag> =>
        withAlerts(
          request,
          configuration,
          refuseActivation(request, createFlow(configuration, request.body, context)),
          { alerts: request.body.alerts ?? [], newId: context.newId },
        )
      if (request.query.dryRun === true) return review(request, services, decide)
      const made = await decided(request, services, decide)
      return reply.code(201).header('etag', made.etag).send(made)
    },
  })

  gateway.route<{ Params: { id: string }; Body: PatchOperation[]; Querystring: DryRun }>({
    method: 'PATCH',
    url: `${url}/:id`,
    bodyLimit: bodyBytesMax,
    config: { access: { rule: 'activate' } },
    schema: {
      tags: ['Flow service'],
      summary: 'Changes a flow by a JSON Patch on what reading it shows',
      description:
        'Add a segment at `/transformations/0/params/segmentSelectors/selectors/-`. Operations count one after the other: remove segments from the last to the first. A name that is given with a segment counts for nothing: the segment definition has it.',
      headers: changeHeaders,
      params: idParams,
      querystring: dryRunSchema,
      body: jsonPatchSchema,
      response: answers({ 200: Type.Union([idAndEtagSchema, flowReviewSchema]) }),
    },
    handler: async (request, reply) => {
      const context = contextOf(request, services)
      const { id } = request.params
      const ifMatch = request.headers['if-match']
      const decide = (configuration: Configuration): Decision<IdAndEtag> =>
        patchFlow(configuration, id, ifMatch, request.body, context)
      if (request.query.dryRun === true) return review(request, services, decide)
      const changed = await decided(request, services, decide)
      reply.header('etag', changed.etag)
      return changed
    },
  })

  gateway.route<{ Params: { id: string }; Querystring: { op: string } }>({
    method: 'POST',
    url: `${url}/:id/action`,
    config: { access: { rule: 'activate' } },
    schema: {
      tags: ['Flow service'],
      summary: 'Enables or disables a flow',
      description:
        'A flow that is enabled is owed what changed meanwhile, both ways. What it was before it stays: to enable twice is to enable.',
      headers: sandboxHeaders,
      params: idParams,
      querystring: Type.Object({
        op: Type.String({
          maxLength: 32,
          description: '`enable` or `disable`, in any case.',
          examples: ['enable'],
        }),
      }),
      response: answers({ 200: idAndEtagSchema }),
    },
    handler: async (request, reply) => {
      const context = contextOf(request, services)
      const changed = await configureAs(services, request, (configuration) =>
        actOnFlow(configuration, request.params.id, request.query.op, context),
      )
      reply.header('etag', changed.etag)
      return changed
    },
  })

  gateway.route<{ Params: { id: string } }>({
    method: 'DELETE',
    url: `${url}/:id`,
    config: { access: 'manage-destinations' },
    schema: {
      tags: ['Flow service'],
      summary: 'Removes a flow',
      description:
        'What stands for its segments in the solutions is removed, and what is on its way to them is dropped. Subscriptions to its alerts go with it.',
      headers: sandboxHeaders,
      params: idParams,
      response: answers({ 202: removed }),
    },
    handler: async (request, reply) => {
      const context = contextOf(request, services)
      await configureAs(services, request, (configuration) =>
        deleteFlow(configuration, request.params.id, context),
      )
      return reply.code(202).send()
    },
  })
}

interface DryRun {
  readonly dryRun?: boolean
}

const dryRunSchema = Type.Object({
  dryRun: Type.Optional(
    Type.Boolean({
      description:
        'The Review step: nothing is written; the answer says what would start and end, or what it would be refused for.',
    }),
  ),
})

type Decide = (configuration: Configuration) => Decision<IdAndEtag>

/** Runs a command that may name segments which so far only the stream knows. */
function decided(request: FastifyRequest, services: Services, decide: Decide): Promise<IdAndEtag> {
  const sandbox = sandboxOf(request, services.sandboxes)
  return withNoticedSegments(services, sandbox, () => configureAs(services, request, decide))
}

function review(
  request: FastifyRequest,
  services: Services,
  decide: Decide,
): Promise<FlowReview | undefined> {
  const sandbox = sandboxOf(request, services.sandboxes)
  const ports = { store: services.configuration, nowMs: Date.now, newId: randomUUID }
  return withNoticedSegments(services, sandbox, () =>
    rehearse(ports, actorOf(request), (configuration) => {
      const { writes, answer } = decide(configuration)
      return {
        writes,
        answer: (after) => {
          const { id } = answer(after)
          const flow: Document<'flow'> = flowOf(after, id, sandbox.name)
          return reviewFlow(after, configuration.get('flow', id), flow)
        },
      }
    }),
  )
}

/** Subscriptions to the flow's alerts that come with it; they need what subscribing needs. */
function withAlerts(
  request: FastifyRequest,
  configuration: Configuration,
  decision: Decision<IdAndEtag>,
  { alerts, newId }: { readonly alerts: readonly FlowSubscription[]; readonly newId: () => string },
): Decision<IdAndEtag> {
  const missing = alerts.length > 0 ? missingFor(request, 'manage-alerts') : []
  if (missing.length > 0) throw permissionMissing(missing)
  return subscribeWithFlow(configuration, decision, alerts, newId)
}

/** A flow that is made with segments activates them. */
function refuseActivation(
  request: FastifyRequest,
  decision: Decision<IdAndEtag>,
): Decision<IdAndEtag> {
  const activates = decision.writes.some(
    ({ kind, value }) => kind === 'flow' && value !== undefined && value.selectors.length > 0,
  )
  const missing = activates ? missingFor(request, { rule: 'activate' }) : []
  if (missing.length > 0) throw permissionMissing(missing)
  return decision
}
