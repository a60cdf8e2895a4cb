import { randomUUID } from 'node:crypto'
import { changeOrganisation, organisationDocument } from '@segue/destinations'
import type { Document, Organisation, PatchOperation } from '@segue/destinations'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import { configureAs } from '../services.ts'
import type { Services } from '../services.ts'
import { ifMatchHeaders, jsonPatchSchema, patchedBy } from './patched.ts'
import { answers } from './schemas.ts'

/** Connections that one organisation may be allowed. */
const connectionsMax = 100

/** `/v1/organisation`: entitlements and settings. */
export function organisationRoutes(gateway: FastifyInstance, services: Services): void {
  const fields = fieldsOf(services.config.solutions)
  const body = Type.Object(fields, { additionalProperties: false })
  const patched = patchedBy<Organisation>(body)
  const organisation = Type.Object(
    { ...fields, etag: Type.String() },
    { title: 'Organisation', additionalProperties: false },
  )

  gateway.route({
    method: 'GET',
    url: '/v1/organisation',
    config: { access: 'manage-sandboxes' },
    schema: {
      tags: ['Organisation'],
      summary: 'Shows what the organisation is entitled to and has set',
      description: 'As long as nobody has changed it: defaults, with the etag `"0"`.',
      response: answers({ 200: organisation }),
    },
    handler: async (_request, reply) =>
      answerWith(reply, organisationDocument(await services.configuration.read())),
  })

  gateway.route<{ Body: Organisation }>({
    method: 'PUT',
    url: '/v1/organisation',
    config: { access: { everywhere: 'manage-sandboxes' } },
    schema: {
      tags: ['Organisation'],
      summary: 'Replaces what the organisation is entitled to and has set',
      headers: ifMatchHeaders,
      body,
      response: answers({ 200: organisation }),
    },
    handler: async (request, reply) =>
      answerWith(
        reply,
        await configureAs(services, request, (configuration) =>
          changeOrganisation(
            configuration,
            request.headers['if-match'],
            () => request.body,
            context(services),
          ),
        ),
      ),
  })

  gateway.route<{ Body: PatchOperation[] }>({
    method: 'PATCH',
    url: '/v1/organisation',
    config: { access: { everywhere: 'manage-sandboxes' } },
    schema: {
      tags: ['Organisation'],
      summary: 'Changes parts of what the organisation is entitled to and has set',
      headers: ifMatchHeaders,
      body: jsonPatchSchema,
      response: answers({ 200: organisation }),
    },
    handler: async (request, reply) =>
      answerWith(
        reply,
        await configureAs(services, request, (configuration) =>
          changeOrganisation(
            configuration,
            request.headers['if-match'],
            (before) => patched(before, request.body),
            context(services),
          ),
        ),
      ),
  })
}

function context({ clock }: Services): { readonly nowMs: number; readonly newId: () => string } {
  return { nowMs: clock.nowMs(), newId: randomUUID }
}

function answerWith(
  reply: { readonly header: (name: string, value: string) => unknown },
  { value, etag }: Document<'organisation'>,
): object {
  reply.header('etag', etag)
  return { ...value, etag }
}

/** @param solutions all that there are */
function fieldsOf(solutions: readonly string[]): Record<string, TSchema> {
  return {
    imsOrgId: Type.Optional(
      Type.String({
        pattern: '^[0-9A-Za-z]{1,40}@AdobeOrg$',
        description: "The vendor's id of the organisation.",
      }),
    ),
    entitlements: Type.Object(
      {
        tier: Type.Enum(['none', 'prime', 'ultimate'], {
          description: 'Of Real-Time CDP: `prime` or `ultimate` is needed to connect.',
        }),
        solutions: Type.Array(Type.Enum([...solutions]), {
          uniqueItems: true,
          description: 'Those that the organisation is provisioned for.',
        }),
        audienceManagerLicence: Type.Boolean({
          description: 'Needed for Audience Manager, and for no other solution.',
        }),
      },
      { additionalProperties: false },
    ),
    settings: Type.Object(
      {
        maxConnectionsPerOrg: Type.Integer({ minimum: 1, maximum: connectionsMax }),
        primaryIdentityOnly: Type.Boolean(),
        backfill: Type.Boolean(),
        carryLabels: Type.Boolean(),
        permissionRule: Type.Enum(['seed', 'latest']),
      },
      { additionalProperties: false },
    ),
    legacySharing: Type.Object(
      {
        state: Type.Enum(['enabled', 'disabled']),
        disabledAtMs: Type.Optional(Type.Integer({ minimum: 0 })),
        ticket: Type.Optional(Type.String({ maxLength: 256 })),
      },
      {
        additionalProperties: false,
        description:
          'The legacy segment sharing integration. Switched by a cutover; that it is on can be said here while no flow is enabled.',
      },
    ),
  }
}
