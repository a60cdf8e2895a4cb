import { alertRuleNames } from '@segue/destinations'
import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import { countSchema, timestampSchema } from '../schemas.ts'

/** Name of a rule. */
export const alertRuleSchema: TSchema = Type.Union(alertRuleNames.map((name) => Type.Literal(name)))

/** What every view of an alert has. */
export const alertFields: Record<string, TSchema> = {
  id: Type.String(),
  sandboxName: Type.String(),
  rule: alertRuleSchema,
  severity: Type.Union([Type.Literal('warning'), Type.Literal('critical')]),
  state: Type.Union([Type.Literal('raised'), Type.Literal('resolved')]),
  flowId: Type.Optional(Type.String()),
  flowName: Type.Optional(Type.String()),
  solution: Type.Optional(Type.String()),
  queue: Type.Optional(Type.String()),
  value: Type.Number({ description: 'In the unit of the rule.' }),
  threshold: Type.Number(),
  code: Type.Optional(Type.String()),
  detail: Type.String(),
  raisedAt: timestampSchema,
  resolvedAt: Type.Optional(timestampSchema),
  resolvedBy: Type.Optional(
    Type.Union([Type.Literal('cleared'), Type.Literal('rule-disabled')], {
      description: '`rule-disabled`: nobody looks any more.',
    }),
  ),
  acknowledged: Type.Optional(
    Type.Object({ by: Type.String(), at: timestampSchema, note: Type.String() }),
  ),
}
export const alertSchema: TSchema = Type.Object(alertFields, { title: 'Alert' })

/** What became of a message. */
export const toldSchema: TSchema = Type.Object(
  {
    messageId: Type.String(),
    subscriptionId: Type.String(),
    change: Type.Union(['raised', 'resolved', 'test'].map((change) => Type.Literal(change))),
    status: Type.Union(
      ['waiting', 'sent', 'dead', 'dropped'].map((status) => Type.Literal(status)),
      { description: '`dead`: given up; `dropped`: the subscription was gone or switched off.' },
    ),
    at: timestampSchema,
    attempts: Type.Optional(countSchema),
    code: Type.Optional(Type.String({ description: 'Why it was not sent.' })),
  },
  { title: 'AlertMessage' },
)
