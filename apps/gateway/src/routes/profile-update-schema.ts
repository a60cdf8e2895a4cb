import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import { countSchema, mapOf, timestampSchema } from './schemas.ts'

/** How an update is described to its senders. What counts is the model's parser, which reads more than this says. */
export const updateSchema: TSchema = Type.Object(
  {
    identityMap: mapOf(
      Type.Array(Type.Object({ id: Type.String(), primary: Type.Optional(Type.Boolean()) })),
    ),
    segmentMembership: Type.Optional(
      mapOf(
        mapOf(
          Type.Object({
            status: Type.Optional(Type.Enum(['realized', 'existing', 'exited'])),
            lastQualificationTime: timestampSchema,
            validUntil: Type.Optional(timestampSchema),
          }),
        ),
      ),
    ),
    consents: Type.Optional(
      Type.Object({
        share: Type.Optional(Type.Object({ val: Type.Optional(Type.String()) })),
        metadata: Type.Optional(Type.Object({ time: Type.Optional(timestampSchema) })),
      }),
    ),
  },
  {
    title: 'ProfileUpdate',
    examples: [
      {
        identityMap: {
          ECID: [{ id: '12345678901234567890123456789012345678', primary: true }],
        },
        segmentMembership: {
          ups: {
            '7fa2fda0-a2fc-4f01-b0f2-000000000001': {
              status: 'realized',
              lastQualificationTime: '2026-11-23T10:00:00Z',
            },
          },
        },
      },
    ],
  },
)

const findingSchema = Type.Object({
  index: Type.Integer({ minimum: 0, description: 'Place of the update in the body, from 0.' }),
  code: Type.String({ description: 'Stable; see the table of codes.' }),
  detail: Type.String(),
})

/** What became of a body. */
export const acceptedSchema: TSchema = Type.Object(
  {
    accepted: countSchema,
    rejected: Type.Array(findingSchema),
    warnings: Type.Optional(
      Type.Array(findingSchema, {
        description: 'What was left out of accepted updates; at most 1,000.',
      }),
    ),
  },
  { title: 'Accepted' },
)
