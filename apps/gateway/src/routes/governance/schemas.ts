import { policyStatuses } from '@segue/destinations'
import { Type } from 'typebox'
import type { TSchema } from 'typebox'

/** What the policy service's answers and bodies look like. */

const textMax = 4_096
const nameSchema: TSchema = Type.String({ minLength: 1, maxLength: 256 })
const descriptionSchema: TSchema = Type.String({ maxLength: textMax })
/** Part of an address, so without what has a meaning there. */
export const pathNameSchema: TSchema = Type.String({ pattern: '^[A-Za-z0-9_-]{1,64}$' })

const linksSchema = Type.Object({ self: Type.Object({ href: Type.String() }) })
const madeFields: Record<string, TSchema> = {
  imsOrg: Type.String(),
  created: Type.Integer({ description: 'Epoch milliseconds.' }),
  createdClient: Type.String(),
  createdUser: Type.String(),
  updated: Type.Integer(),
  updatedClient: Type.String(),
  updatedUser: Type.String(),
  _links: linksSchema,
}

const denySchema = Type.Unknown({
  description:
    'Labels that deny it: `{ "label": "C1" }`, or `{ "operator": "AND"|"OR", "operands": […] }` of such expressions; at most 10 deep with 200 parts.',
  examples: [{ operator: 'AND', operands: [{ label: 'C1' }, { label: 'C3' }] }],
})
const statusSchema = Type.Enum([...policyStatuses], {
  description: 'Only `ENABLED` restricts.',
})
const refsSchema = Type.Array(Type.String({ maxLength: 512 }), { minItems: 1, maxItems: 50 })

/** What of a policy can be changed. */
export const policyFields: Record<string, TSchema> = {
  name: nameSchema,
  status: Type.Optional(statusSchema),
  marketingActionRefs: refsSchema,
  description: Type.Optional(descriptionSchema),
  deny: denySchema,
}
export const policySchema: TSchema = Type.Object(
  {
    id: Type.String(),
    name: nameSchema,
    status: statusSchema,
    marketingActionRefs: Type.Array(Type.String()),
    description: descriptionSchema,
    deny: denySchema,
    ...madeFields,
  },
  { title: 'Policy', additionalProperties: false },
)

export const marketingActionFields: Record<string, TSchema> = {
  name: Type.Optional(pathNameSchema),
  description: Type.Optional(descriptionSchema),
}
export const marketingActionSchema: TSchema = Type.Object(
  { name: nameSchema, description: descriptionSchema, ...madeFields },
  { title: 'MarketingAction', additionalProperties: false },
)

export const labelFields: Record<string, TSchema> = {
  name: Type.Optional(pathNameSchema),
  category: Type.Optional(nameSchema),
  friendlyName: nameSchema,
  description: Type.Optional(descriptionSchema),
}
export const labelSchema: TSchema = Type.Object(
  {
    name: nameSchema,
    category: nameSchema,
    friendlyName: nameSchema,
    description: descriptionSchema,
    ...madeFields,
  },
  { title: 'Label', additionalProperties: false },
)

/** A body may be what was read: what cannot be changed is left alone. */
export const readOnlyFields: Record<string, TSchema> = Object.fromEntries(
  Object.entries({ id: Type.String(), ...madeFields }).map(([name]) => [
    name,
    Type.Optional(Type.Unknown()),
  ]),
)

export function listSchema(child: TSchema): TSchema {
  return Type.Object({
    _page: Type.Object({ start: Type.Optional(Type.String()), count: Type.Integer() }),
    _links: Type.Object({
      page: Type.Object({ href: Type.String(), templated: Type.Boolean() }),
      next: Type.Optional(Type.Object({ href: Type.String() })),
    }),
    children: Type.Array(child),
  })
}

export const enabledCorePoliciesSchema: TSchema = Type.Object(
  { policyIds: Type.Array(Type.String()), ...madeFields },
  { title: 'EnabledCorePolicies', additionalProperties: false },
)

export const evaluationSchema: TSchema = Type.Object(
  {
    timestamp: Type.Integer(),
    clientId: Type.String(),
    userId: Type.String(),
    imsOrg: Type.String(),
    sandboxName: Type.String(),
    marketingActionRef: Type.String(),
    duleLabels: Type.Array(Type.String()),
    discoveredLabels: Type.Optional(
      Type.Array(
        Type.Object({
          entityType: Type.String(),
          entityId: Type.String(),
          segmentLabels: Type.Object({
            segment: Type.Object({ labels: Type.Array(Type.String()) }),
          }),
        }),
      ),
    ),
    violatedPolicies: Type.Array(policySchema, {
      description: 'Empty: nothing denies it. A violation is no error of the evaluation.',
    }),
  },
  { title: 'Evaluation', additionalProperties: false },
)
