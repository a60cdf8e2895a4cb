import { Type, type TSchema } from 'typebox'
import { flowAlertsSchema } from '../alerts/subscription-schemas.ts'
import { descriptionSchema, madeFields, nameSchema, specRefSchema } from './flow-service-routes.ts'

const others = { additionalProperties: true } as const
const idList = Type.Array(Type.String({ maxLength: 64 }), { minItems: 1, maxItems: 1 })

const selectorSchema = Type.Object(
  {
    type: Type.Literal('PLATFORM_SEGMENT'),
    value: Type.Object(
      {
        id: Type.String({ description: 'Of the segment, within its namespace.' }),
        namespace: Type.Optional(Type.String({ description: 'Default: `ups`.' })),
        name: Type.Optional(
          Type.String({ description: 'Shown; with a new segment it counts for nothing.' }),
        ),
        description: Type.Optional(Type.String()),
        createTime: Type.Optional(Type.String({ description: 'Epoch seconds, as text.' })),
        updateTime: Type.Optional(Type.String({ description: 'Epoch seconds, as text.' })),
        solutions: Type.Optional(
          Type.Array(Type.String(), {
            description:
              'For which of the connection’s solutions it is activated: Segue’s own. Without it: for all that the connection has then.',
          }),
        ),
      },
      others,
    ),
  },
  { title: 'SegmentSelector' },
)

/** A flow as it is asked for. What is wrong with its selectors is told by the rules, with a code of its own. */
export const flowBody: TSchema = Type.Object(
  {
    name: nameSchema,
    description: Type.Optional(descriptionSchema),
    flowSpec: specRefSchema,
    sourceConnectionIds: idList,
    targetConnectionIds: idList,
    alerts: Type.Optional(flowAlertsSchema),
    transformations: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ examples: ['GeneralTransform'] }),
            params: Type.Optional(
              Type.Object(
                {
                  segmentSelectors: Type.Optional(
                    Type.Object({ selectors: Type.Array(Type.Unknown()) }, others),
                  ),
                  profileSelectors: Type.Optional(
                    Type.Object({ selectors: Type.Array(Type.Unknown()) }, others),
                  ),
                },
                others,
              ),
            ),
          },
          others,
        ),
      ),
    ),
  },
  { ...others, title: 'FlowRequest' },
)

/** A flow as it is shown (`reference/platform.md` §4.2). */
export const flowSchema: TSchema = Type.Object(
  {
    ...madeFields,
    name: Type.String(),
    description: Type.String(),
    flowSpec: specRefSchema,
    state: Type.Union([Type.Literal('enabled'), Type.Literal('disabled')]),
    held: Type.Boolean({ description: 'It waits for the cutover from the legacy integration.' }),
    sourceConnectionIds: Type.Array(Type.String()),
    targetConnectionIds: Type.Array(Type.String()),
    inheritedAttributes: Type.Object({}, others),
    transformations: Type.Array(
      Type.Object({
        name: Type.String(),
        params: Type.Object({
          segmentSelectors: Type.Object({ selectors: Type.Array(selectorSchema) }),
          profileSelectors: Type.Object({ selectors: Type.Array(Type.Unknown()) }),
        }),
      }),
    ),
    runs: Type.String({ description: 'Where its runs are, below the flow service.' }),
    lastOperation: Type.Object({}, others),
  },
  { title: 'Flow' },
)

const reviewedFields = {
  segment: Type.String({ description: '`namespace:id`.' }),
  name: Type.String(),
  solutions: Type.Array(Type.String()),
}

export const flowReviewSchema: TSchema = Type.Object(
  {
    dryRun: Type.Literal(true),
    name: Type.String(),
    state: Type.String(),
    held: Type.Boolean(),
    solutions: Type.Array(Type.String()),
    segmentCount: Type.Integer(),
    starts: Type.Array(
      Type.Object({
        ...reviewedFields,
        backfill: Type.Union([Type.Literal('members'), Type.Literal('told'), Type.Literal('none')]),
      }),
    ),
    removes: Type.Array(Type.Object(reviewedFields)),
  },
  { title: 'FlowReview' },
)
