import { randomUUID } from 'node:crypto'
import { erasureStates, erasureView, Refusal, type ErasureView } from '@segue/destinations'
import { parseIdentity, partitionOf } from '@segue/model'
import { EraseKind } from '@segue/profile'
import { erasureId, erasurePartition, hashProfileKey, packBatch } from '@segue/runtime'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { Problem } from '../problem.ts'
import { sandboxOf, type Sandbox } from '../sandbox.ts'
import { actorOf, type Services } from '../services.ts'
import { answers, countSchema, sandboxHeaders, timestampSchema } from './schemas.ts'

const limitDefault = 50
const limitMax = 200

/**
 * `/v1/privacy-requests`: erasing profiles. A request is noted together with its record in the partition's log; whoever owns the
 * partition sees to the rest. No answer, audit event or log line holds the identity: it is named by a salted hash.
 */
export function privacyRoutes(gateway: FastifyInstance, services: Services): void {
  const { config, sandboxes, configuration } = services
  const { partitionCount } = config

  gateway.route<{ Body: { namespace: string; id: string } }>({
    method: 'POST',
    url: '/v1/privacy-requests',
    config: { access: 'manage-profiles' },
    schema: {
      tags: ['Privacy'],
      summary: 'Has a profile erased',
      description:
        'By profile key, as `GET /v1/profiles`: the identity that was marked primary, or the first by priority; an update that came under another identity is another profile, with a request of its own. ' +
        'The profile leaves every solution; when all have confirmed it, everything that is kept of it is deleted. Updates that come meanwhile are dropped, and for 35 days those that say nothing younger than the request. ' +
        'One that is not known is remembered as erased all the same. While a request for the profile is under way, it is answered again.',
      headers: sandboxHeaders,
      body: Type.Object(
        {
          namespace: Type.String({
            minLength: 1,
            description: 'In any case; aliases of ECID are read.',
          }),
          id: Type.String({ minLength: 1 }),
        },
        { additionalProperties: false },
      ),
      response: answers({ 202: requestSchema }),
    },
    handler: async (request, reply) => {
      const sandbox = sandboxOf(request, sandboxes)
      const parsed = parseIdentity(request.body.namespace, request.body.id)
      if (!parsed.ok) {
        throw new Problem('IDENTITY_INVALID', `${parsed.code}: the body names no valid identity`)
      }
      const profileKey = parsed.identity
      const partition = partitionOf(profileKey, partitionCount)
      const { erasures } = sandbox.ports
      const hash = hashProfileKey(await erasures.salt(), profileKey)
      const { name: requestedBy } = actorOf(request)
      const id = erasureId(partition, randomUUID())
      const payload = packBatch({ segments: [], records: [[EraseKind, profileKey]] })
      const noted = await erasures.request(partition, {
        id,
        profileKey,
        hash,
        requestedBy,
        payload,
      })
      if (noted.status === 'full') {
        throw new Refusal('ERASURE_LIMIT', 'too many erasures are remembered just now')
      }
      // Who asks again, since there was no answer, finds it under way: so it has an event in the end, and its end has one too.
      const { name: sandboxName } = sandbox
      const event = { action: 'requested', kind: 'privacyRequest', id: noted.id, sandboxName }
      await configuration.record([
        { actor: requestedBy, requestId: request.id, ...event, after: { subject: hash } },
      ])
      return reply.code(202).send(await viewOf(sandbox, partition, noted.id))
    },
  })

  gateway.route<{ Params: { id: string } }>({
    method: 'GET',
    url: '/v1/privacy-requests/:id',
    config: { access: 'manage-profiles' },
    schema: {
      tags: ['Privacy'],
      summary: 'Shows how far an erasure is, and its proof',
      headers: sandboxHeaders,
      params: Type.Object({ id: Type.String() }),
      response: answers({ 200: requestSchema }),
    },
    handler: async (request) => {
      const { id } = request.params
      const partition = erasurePartition(id)
      if (partition === undefined || partition >= partitionCount) throw unknown()
      return viewOf(sandboxOf(request, sandboxes), partition, id)
    },
  })

  gateway.route<{ Querystring: { before?: string; limit?: number } }>({
    method: 'GET',
    url: '/v1/privacy-requests',
    config: { access: 'manage-profiles' },
    schema: {
      tags: ['Privacy'],
      summary: 'Lists erasures, the newest first',
      description: 'Those under way, and those that were done in the last 90 days.',
      headers: sandboxHeaders,
      querystring: Type.Object(
        {
          before: Type.Optional(
            Type.String({ format: 'date-time', description: 'Only requests older than this.' }),
          ),
          limit: Type.Optional(
            Type.Integer({ minimum: 1, maximum: limitMax, default: limitDefault }),
          ),
        },
        { additionalProperties: false },
      ),
      response: answers({ 200: Type.Object({ requests: Type.Array(requestSchema) }) }),
    },
    handler: async (request) => {
      const { before, limit = limitDefault } = request.query
      const { erasures } = sandboxOf(request, sandboxes).ports
      const beforeMs = before === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(before)
      const parts = await Promise.all(
        Array.from({ length: partitionCount }, (_, partition) =>
          erasures.list(partition, beforeMs, limit),
        ),
      )
      const requests = parts
        .flat()
        .toSorted((one, other) => other.requestedMs - one.requestedMs)
        .slice(0, limit)
      return { requests: requests.map(erasureView) }
    },
  })
}

/** @throws Refusal PRIVACY_REQUEST_UNKNOWN */
async function viewOf({ ports }: Sandbox, partition: number, id: string): Promise<ErasureView> {
  const erasure = await ports.erasures.get(partition, id)
  if (erasure === undefined) throw unknown()
  return erasureView(erasure)
}

function unknown(): Refusal {
  return new Refusal('PRIVACY_REQUEST_UNKNOWN', 'this sandbox has no request of that id')
}

const timesSchema = Type.Object(
  Object.fromEntries(erasureStates.map((state) => [state, Type.Optional(timestampSchema)])),
)

const requestSchema = Type.Object(
  {
    id: Type.String(),
    state: Type.Enum([...erasureStates]),
    subject: Type.String({
      description: 'Salted hash of the profile key: all that is kept of it.',
    }),
    requestedBy: Type.String(),
    times: timesSchema,
    waitingFor: Type.Array(
      Type.Object({
        dataflow: Type.String(),
        solution: Type.String(),
        why: Type.Enum(['SENDING', 'IN_DOUBT', 'MEMBER', 'NOT_APPLIED']),
      }),
      { description: 'Solutions that have not confirmed yet that the profile is out.' },
    ),
    deleted: Type.Optional(
      Type.Object({
        ledgerEntries: countSchema,
        deadLetters: countSchema,
        outboxRows: countSchema,
      }),
    ),
    proof: Type.Optional(
      Type.Object({
        at: timestampSchema,
        keysScanned: countSchema,
        entriesScanned: countSchema,
        found: Type.Integer({ description: 'Entries that name the profile: none.' }),
        begunAnew: Type.Boolean({
          description: 'Updates that are younger than the request have begun the profile anew.',
        }),
        otherProfiles: Type.Integer({
          description: 'Other profiles that hold one of its identities: they were not erased.',
        }),
      }),
    ),
  },
  { title: 'PrivacyRequest' },
)
