import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { bodyOf, queryOf, rawTarget } from '../http/server.ts'
import type { Account } from './account.ts'
import { DeliveryInvalid, type DeliveryParts, readDeliveryCall } from './delivery-call.ts'
import { EdgeRefused, statusReply } from './edge-replies.ts'
import { idOf } from './profiles.ts'

const path = '/rest/v1/delivery'
/** The node that a profile lives on, as `tntId` says it. */
const locationHint = '28_0'

/** The Delivery API, the one write that takes an Experience Cloud id (reference §5.2 C). */
export function deliveryRoutes(app: FastifyInstance, account: Account): void {
  const { settings, profiles, clock } = account

  app.post(path, { config: { operation: 'delivery.execute' } }, (request, reply) => {
    checkClient(request, account)
    checkSession(request)
    const call = readDeliveryCall(bodyOf(request), settings)
    const profile = profiles.visit(call.ids, call.entries, clock.nowMs())
    account.touch()
    // Documented as a limit, not what comes of it [I].
    if (profile === undefined) throw new DeliveryInvalid('The profile would be too large')
    if (call.beacon) return reply.code(204).send()
    return reply.header('content-type', 'application/json;charset=UTF-8').send(
      JSON.stringify({
        status: 200,
        requestId: call.requestId ?? randomUUID(),
        client: settings.clientCode,
        id: { ...call.ids, tntId: `${call.ids.tntId ?? idOf(profile, 'tntId')}.${locationHint}` },
        // Whoever goes on with this host stays in the sandbox.
        edgeHost: `127.0.0.1:${request.socket.localPort}`,
        ...(call.prefetch === undefined ? {} : { prefetch: answered(call.prefetch) }),
        ...(call.execute === undefined ? {} : { execute: answered(call.execute) }),
      }),
    )
  })
}

/** Refuses a session's calls beyond those that may run at once: 420. To be registered before faults are. */
export function limitSessions(app: FastifyInstance, account: Account): void {
  const limit = account.settings.deliveryCallsPerSession
  if (limit === 0) return
  const running = new Map<string, number>()
  app.addHook('onRequest', async (request, reply) => {
    if (rawTarget(request).path !== path) return
    const session = queryOf(request).get('sessionId') ?? ''
    const calls = running.get(session) ?? 0
    if (calls >= limit) {
      const message = `More than ${limit} concurrent requests of one session`
      throw new EdgeRefused('420', statusReply(420, message))
    }
    running.set(session, calls + 1)
    reply.raw.once('close', () => {
      const left = (running.get(session) ?? 1) - 1
      if (left === 0) running.delete(session)
      else running.set(session, left)
    })
  })
}

/** `client`, or the organisation as `imsOrgId`: Adobe's own delivery client sends the latter alone. */
export function checkClient(request: FastifyRequest, { settings }: Account): void {
  const given = queryOf(request)
  const client = given.get('client')
  const isKnown =
    client === null ? given.get('imsOrgId') === settings.orgId : client === settings.clientCode
  if (!isKnown) throw new DeliveryInvalid('Invalid client')
}

function checkSession(request: FastifyRequest): void {
  const session = queryOf(request).get('sessionId') ?? ''
  if (!/^[^\s?/]{1,128}$/.test(session)) {
    throw new DeliveryInvalid('sessionId must have 1 to 128 characters, none a blank, ? or /')
  }
}

/** No activity is there, so no part has an offer. */
function answered({ pageLoad, mboxes, views }: DeliveryParts): object {
  return {
    ...(pageLoad ? { pageLoad: {} } : {}),
    ...(views === undefined ? {} : { views: [] }),
    ...(mboxes === undefined ? {} : { mboxes }),
  }
}
