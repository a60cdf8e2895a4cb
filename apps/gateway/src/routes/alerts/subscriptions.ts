import { randomBytes, randomUUID } from 'node:crypto'
import {
  changeSubscription,
  Refusal,
  signingSecret,
  subscribe,
  subscription,
  subscriptionsOf,
  testMessage,
  unsubscribe,
} from '@segue/destinations'
import type { AlertSubscription, Document, SubscriptionWish } from '@segue/destinations'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { mayAlso } from '../../access/access.ts'
import { sandboxOf } from '../../sandbox.ts'
import { configureAs } from '../../services.ts'
import type { Services } from '../../services.ts'
import { viewTold, viewWaiting } from '../../views/alerts-view.ts'
import { ifMatchHeaders } from '../patched.ts'
import { answers, sandboxHeaders } from '../schemas.ts'
import { toldSchema } from './alert-schemas.ts'
import { alertsOf } from './alerts.ts'
import { subscriptionSchema, wishSchema } from './subscription-schemas.ts'

const url = '/v1/alerts/subscriptions'
/** Of a secret that is made here. */
const secretBytes = 32

type Subscribed = Document<'alertSubscription'>

/** `/v1/alerts/subscriptions`: who is told of which alerts, and how. */
export function alertSubscriptionRoutes(gateway: FastifyInstance, services: Services): void {
  const nameOf = (request: FastifyRequest): string => sandboxOf(request, services.sandboxes).name

  gateway.route({
    method: 'GET',
    url,
    config: { access: 'view-alerts' },
    schema: {
      tags: ['Alerts'],
      summary: 'Lists subscriptions, oldest first',
      headers: sandboxHeaders,
      response: answers({
        200: Type.Object({ subscriptions: Type.Array(subscriptionSchema) }),
      }),
    },
    handler: async (request) => {
      const all = subscriptionsOf(await services.configuration.read(), nameOf(request))
      return { subscriptions: all.map((one) => viewSubscription(request, one)) }
    },
  })

  gateway.route<{ Params: { id: string } }>({
    method: 'GET',
    url: `${url}/:id`,
    config: { access: 'view-alerts' },
    schema: {
      tags: ['Alerts'],
      summary: 'Shows a subscription, and what became of the last message to it',
      description: 'Who may not change it sees of an address only its host.',
      headers: sandboxHeaders,
      params: idSchema,
      response: answers({ 200: subscriptionSchema }),
    },
    handler: async (request, reply) => {
      const { id } = request.params
      const known = subscription(await services.configuration.read(), nameOf(request), id)
      const last = await alertsOf(services, request).lastTold(id)
      return answerWith(
        reply,
        known,
        viewSubscription(request, known, last === undefined ? {} : { lastMessage: viewTold(last) }),
      )
    },
  })

  gateway.route<{ Body: SubscriptionWish }>({
    method: 'POST',
    url,
    config: { access: 'manage-alerts' },
    schema: {
      tags: ['Alerts'],
      summary: 'Subscribes to alerts',
      description:
        'Webhooks are signed as the Standard Webhooks specification says. Where no secret is brought one is made; this answer alone shows it.',
      headers: sandboxHeaders,
      body: wishSchema,
      response: answers({ 201: subscriptionSchema }),
    },
    handler: async (request, reply) => {
      const { body } = request
      const [id, secret] = [randomUUID(), signingSecret(randomBytes(secretBytes))]
      const made = await configureAs(services, request, (configuration) =>
        subscribe(configuration, nameOf(request), id, body, secret),
      )
      const isMade = body.channel.type === 'webhook' && body.channel.secret === undefined
      reply.code(201)
      return answerWith(reply, made, viewSubscription(request, made, isMade ? { secret } : {}))
    },
  })

  gateway.route<{ Params: { id: string }; Body: SubscriptionWish }>({
    method: 'PUT',
    url: `${url}/:id`,
    config: { access: 'manage-alerts' },
    schema: {
      tags: ['Alerts'],
      summary: 'Replaces a subscription',
      description: 'A webhook keeps its secret unless another is brought.',
      headers: Type.Intersect([sandboxHeaders, ifMatchHeaders]),
      params: idSchema,
      body: wishSchema,
      response: answers({ 200: subscriptionSchema }),
    },
    handler: async (request, reply) => {
      const { body, params } = request
      const name = nameOf(request)
      const before = subscription(await services.configuration.read(), name, params.id)
      const secret = signingSecret(randomBytes(secretBytes))
      const changed = await configureAs(services, request, (configuration) =>
        changeSubscription(
          configuration,
          name,
          params.id,
          body,
          request.headers['if-match'],
          secret,
        ),
      )
      const isMade =
        body.channel.type === 'webhook' &&
        body.channel.secret === undefined &&
        before.value.channel.type !== 'webhook'
      return answerWith(
        reply,
        changed,
        viewSubscription(request, changed, isMade ? { secret } : {}),
      )
    },
  })

  gateway.route<{ Params: { id: string } }>({
    method: 'DELETE',
    url: `${url}/:id`,
    config: { access: 'manage-alerts' },
    schema: {
      tags: ['Alerts'],
      summary: 'Removes a subscription; messages to it that wait are dropped',
      headers: Type.Intersect([sandboxHeaders, ifMatchHeaders]),
      params: idSchema,
      response: answers({ 204: Type.Null() }),
    },
    handler: async (request, reply) => {
      const { id } = request.params
      await configureAs(services, request, (configuration) =>
        unsubscribe(configuration, nameOf(request), id, request.headers['if-match']),
      )
      await alertsOf(services, request).forget(id)
      return reply.code(204).send()
    },
  })

  gateway.route<{ Params: { id: string } }>({
    method: 'POST',
    url: `${url}/:id/test`,
    config: { access: 'manage-alerts' },
    schema: {
      tags: ['Alerts'],
      summary: 'Sends a message to see whether it arrives',
      description:
        'A processor with the role `monitoring` sends it with its next look, within 15 s by default; `lastMessage` of the subscription tells what became of it.',
      headers: sandboxHeaders,
      params: idSchema,
      response: answers({ 202: toldSchema }),
    },
    handler: async (request, reply) => {
      const { id } = request.params
      subscription(await services.configuration.read(), nameOf(request), id)
      const message = testMessage(id, randomUUID(), services.clock.nowMs())
      if (!(await alertsOf(services, request).addMessage(message))) {
        throw new Refusal('MESSAGES_WAIT', 'too many messages wait to be sent')
      }
      return reply.code(202).send(viewWaiting(message))
    },
  })
}

function answerWith(reply: FastifyReply, { etag }: Subscribed, body: object): object {
  reply.header('etag', etag)
  return body
}

function viewSubscription(
  request: FastifyRequest,
  { id, etag, value, createdAtMs, createdBy, updatedAtMs, updatedBy }: Subscribed,
  more: { readonly secret?: string; readonly lastMessage?: object } = {},
): object {
  const { channel, ...rest } = value
  const { secret, ...others } = more
  return {
    id,
    etag,
    ...rest,
    channel: {
      ...viewChannel(channel, mayAlso(request, 'manage-alerts')),
      ...(secret === undefined ? {} : { secret }),
    },
    createdAt: new Date(createdAtMs).toISOString(),
    createdBy,
    updatedAt: new Date(updatedAtMs).toISOString(),
    updatedBy,
    ...others,
  }
}

/** Never the secret; and the address as a whole only to who may change it, since the path of a webhook often is a secret too. */
function viewChannel(channel: AlertSubscription['channel'], isShown: boolean): object {
  if (channel.type === 'email') return channel
  return {
    type: channel.type,
    url: isShown ? channel.url : `${new URL(channel.url).origin}/…`,
  }
}

const idSchema = Type.Object({ id: Type.String({ maxLength: 80 }) })
