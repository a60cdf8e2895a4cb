import { parseIdentity, partitionOf } from '@segue/model'
import { membershipStates, profileStates } from '@segue/profile'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import type { Config } from '../config.ts'
import { Problem } from '../problem.ts'
import { sandboxOf } from '../sandbox.ts'
import type { Sandboxes } from '../sandbox.ts'
import { viewProfile } from '../views/profile-view.ts'
import { answers, countSchema, mapOf, sandboxHeaders, timestampSchema } from './schemas.ts'

/** `GET /v1/profiles/{namespace}/{id}`: the state of one profile, and what each solution was told of it. */
export function profileRoute(
  gateway: FastifyInstance,
  { config, sandboxes }: { readonly config: Config; readonly sandboxes: Sandboxes },
): void {
  gateway.route<{ Params: { namespace: string; id: string } }>({
    method: 'GET',
    url: '/v1/profiles/:namespace/:id',
    config: { access: 'view-profiles' },
    schema: {
      tags: ['Profiles'],
      summary: 'Shows a profile, and what each solution was told of it',
      description:
        'By profile key: the identity that was marked primary, or the first by priority. Receipts are kept for a while only; ids of what is gone stay.',
      headers: sandboxHeaders,
      params: Type.Object({
        namespace: Type.String({ description: 'In any case; aliases of ECID are read.' }),
        id: Type.String({ description: 'Percent-encoded.' }),
      }),
      response: answers({ 200: profileSchema }),
    },
    handler: async (request) => {
      const sandbox = sandboxOf(request, sandboxes)
      const { namespace, id } = request.params
      const parsed = parseIdentity(namespace, id)
      if (!parsed.ok) {
        throw new Problem('IDENTITY_INVALID', `${parsed.code}: the address names no valid identity`)
      }
      const partition = partitionOf(parsed.identity, config.partitionCount)
      const view = await viewProfile(sandbox, parsed.identity, partition)
      if (view === undefined) throw new Problem('PROFILE_UNKNOWN', 'no profile has this key')
      return view
    },
  })
}

export const receiptSchema: TSchema = Type.Object({
  id: Type.String({ description: 'Time of the call, epoch milliseconds, and a number within it.' }),
  rows: Type.Optional(countSchema),
  delivered: Type.Optional(countSchema),
  requestIds: Type.Optional(
    Type.Array(Type.String(), {
      description: "The solution's own; absent where not kept any more.",
    }),
  ),
  traceId: Type.Optional(
    Type.String({ description: 'The trace that the call was part of, where it is followed.' }),
  ),
})

const profileSchema = Type.Object(
  {
    sandbox: Type.String(),
    profileKey: Type.String({ description: '`namespace:id`' }),
    partition: countSchema,
    condition: Type.Enum([...profileStates]),
    consentTime: Type.Optional(timestampSchema),
    identities: Type.Array(Type.Object({ namespace: Type.String(), id: Type.String() })),
    memberships: Type.Array(
      Type.Object({
        segment: Type.String({ description: '`namespace:id`' }),
        status: Type.Enum([...membershipStates]),
        lastQualificationTime: timestampSchema,
        validUntil: Type.Optional(timestampSchema),
        revision: Type.String(),
      }),
    ),
    dataflows: mapOf(
      mapOf(
        Type.Object({
          sending: Type.Boolean({ description: 'A delivery is under way.' }),
          sent: Type.Array(
            Type.Object({
              segment: Type.String(),
              status: Type.Enum(['none', 'realized', 'exited']),
              applied: Type.Boolean({
                description:
                  'False while the solution has accepted it but was not seen to apply it.',
              }),
              identityCount: countSchema,
              revision: Type.String(),
              sentAt: Type.Optional(timestampSchema),
              receipt: Type.Optional(receiptSchema),
            }),
          ),
          inDoubt: Type.Array(Type.String(), {
            description: 'Segments of which something may have arrived that no receipt tells.',
          }),
        }),
      ),
    ),
  },
  { title: 'Profile' },
)
