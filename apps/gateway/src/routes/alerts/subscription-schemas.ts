import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import { timestampSchema } from '../schemas.ts'
import { alertRuleSchema, toldSchema } from './alert-schemas.ts'

const textMax = 2_000
const wishFields = {
  flowId: Type.Optional(
    Type.String({ maxLength: 80, description: 'Only alerts that concern this flow.' }),
  ),
  rules: Type.Array(alertRuleSchema, {
    uniqueItems: true,
    description: 'Empty: all rules, those to come included.',
  }),
  enabled: Type.Boolean(),
}
const channelSchema = Type.Union([
  Type.Object(
    {
      type: Type.Literal('webhook'),
      url: Type.String({ maxLength: textMax }),
      secret: Type.Optional(
        Type.String({
          maxLength: 200,
          description: '`whsec_` and the base64 of 24 to 64 bytes.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    { type: Type.Literal('email'), to: Type.String({ maxLength: 320 }) },
    { additionalProperties: false },
  ),
])

/** A subscription as somebody asks for it. */
export const wishSchema: TSchema = Type.Object(
  { ...wishFields, channel: channelSchema },
  { title: 'AlertSubscriptionFields', additionalProperties: false },
)

/** Subscriptions that come with a new flow, to its alerts. */
export const flowAlertsSchema: TSchema = Type.Array(
  Type.Object({ rules: wishFields.rules, channel: channelSchema }, { additionalProperties: false }),
  {
    maxItems: 10,
    description:
      'Subscriptions to the alerts of the flow: Segue’s own. Needs `manage-alerts`; a webhook brings its secret.',
  },
)

/** A subscription as it is shown. */
export const subscriptionSchema: TSchema = Type.Object(
  {
    id: Type.String(),
    etag: Type.String(),
    sandboxName: Type.String(),
    ...wishFields,
    channel: Type.Object({
      type: Type.Union([Type.Literal('webhook'), Type.Literal('email')]),
      url: Type.Optional(Type.String()),
      to: Type.Optional(Type.String()),
      secret: Type.Optional(Type.String({ description: 'Only where it was just made.' })),
    }),
    createdAt: timestampSchema,
    createdBy: Type.String(),
    updatedAt: timestampSchema,
    updatedBy: Type.String(),
    lastMessage: Type.Optional(toldSchema),
  },
  { title: 'AlertSubscription' },
)
