import type { SegmentDefinition } from '@segue/destinations'
import { Type, type TSchema } from 'typebox'
import { descriptionSchema, nameSchema } from '../flow-service/flow-service-routes.ts'

/** How the Platform says how a segment is evaluated. */
export interface EvaluationFlags {
  readonly batch?: { readonly enabled: boolean }
  readonly continuous?: { readonly enabled: boolean }
  readonly synchronous?: { readonly enabled: boolean }
}

/** How a segment is evaluated; what says nothing is batch (`reference/platform.md` §8.1). */
export function evaluationOf(info: EvaluationFlags | undefined): SegmentDefinition['evaluation'] {
  if (info?.synchronous?.enabled === true) return 'synchronous'
  return info?.continuous?.enabled === true ? 'continuous' : 'batch'
}

export interface RegisterBody {
  readonly id?: string
  readonly namespace?: string
  readonly name: string
  readonly description?: string
  readonly labels?: readonly string[]
  readonly evaluationInfo?: EvaluationFlags
}

export interface ReplaceBody {
  readonly name?: string
  readonly description?: string
  readonly labels?: readonly string[]
}

const others = { additionalProperties: true } as const
export const idParams: TSchema = Type.Object({
  id: Type.String({
    minLength: 1,
    maxLength: 520,
    description: 'The id, percent-encoded; with its namespace, `AAM:7`, where that is not `ups`.',
  }),
})
const labelsSchema = Type.Array(Type.String({ maxLength: 128 }), {
  maxItems: 50,
  description: 'Data usage labels: `C1` or `core/C1`.',
})
const enabledSchema = Type.Optional(Type.Object({ enabled: Type.Boolean() }, others))

export const registerBody: TSchema = Type.Object(
  {
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    namespace: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    name: nameSchema,
    description: Type.Optional(descriptionSchema),
    labels: Type.Optional(labelsSchema),
    evaluationInfo: Type.Optional(
      Type.Object(
        { batch: enabledSchema, continuous: enabledSchema, synchronous: enabledSchema },
        others,
      ),
    ),
  },
  { ...others, title: 'SegmentRequest' },
)

export const replaceBody: TSchema = Type.Object(
  {
    name: Type.Optional(nameSchema),
    description: Type.Optional(descriptionSchema),
    labels: Type.Optional(labelsSchema),
  },
  { ...others, title: 'SegmentReplacement' },
)

export const segmentSchema: TSchema = Type.Object(
  {
    id: Type.String(),
    namespace: Type.String(),
    name: Type.String(),
    description: Type.String(),
    labels: Type.Array(Type.String()),
    evaluationInfo: Type.Object({}, others),
    lifecycleState: Type.String(),
    origin: Type.Union([Type.Literal('registered'), Type.Literal('stream')], {
      description: '`stream`: it was seen in updates, and nobody has registered it.',
    }),
    creationTime: Type.Integer({ description: 'Epoch milliseconds.' }),
    updateTime: Type.Integer({ description: 'Epoch milliseconds.' }),
    createEpoch: Type.Integer({ description: 'Epoch seconds.' }),
    updateEpoch: Type.Integer({ description: 'Epoch seconds.' }),
    _etag: Type.String(),
  },
  { ...others, title: 'SegmentDefinition' },
)

export const listSchema: TSchema = Type.Object({
  segments: Type.Array(segmentSchema),
  page: Type.Object({
    totalCount: Type.Integer(),
    totalPages: Type.Integer(),
    sortField: Type.String(),
    sort: Type.String(),
    pageSize: Type.Integer(),
    limit: Type.Integer(),
  }),
  link: Type.Object({ next: Type.Optional(Type.String()) }),
})
