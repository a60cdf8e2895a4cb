import { z } from 'zod'

/** A code that Marketo gave, for a call or a record: digits as a string, by its documentation. */
export interface Reason {
  readonly code: string
}

/** What every REST answer of Marketo looks like (`reference/solutions.md` §6.2). HTTP says 200 whatever `success` says. */
export interface Answer {
  readonly success: boolean
  readonly requestId?: string | undefined
  readonly errors?: readonly Reason[] | undefined
  readonly result?: readonly unknown[] | undefined
  readonly nextPageToken?: string | undefined
}

/** One lead's part of a list call's answer. */
export interface MemberResult {
  readonly id?: number | undefined
  readonly status: string
  readonly reasons?: readonly Reason[] | undefined
}

/** A lead as the look-up returns it, with whatever fields were asked for. */
export interface Lead {
  readonly id: number
  readonly updatedAt?: string | undefined
  readonly [field: string]: unknown
}

/** A static list as the asset calls return it. */
export interface StaticList {
  readonly id: number
  readonly name: string
  readonly description?: string | null | undefined
  readonly folder?:
    | { readonly id?: number | undefined; readonly type?: string | undefined }
    | undefined
}

const reason = z.object({ code: z.coerce.string() })

export const answerShape: z.ZodType<Answer> = z.object({
  success: z.boolean(),
  requestId: z.string().optional(),
  errors: z.array(reason).optional(),
  result: z.array(z.unknown()).optional(),
  nextPageToken: z.string().optional(),
})

export const memberShape: z.ZodType<MemberResult> = z.object({
  id: z.coerce.number().int().optional(),
  status: z.string(),
  reasons: z.array(reason).optional(),
})

export const leadShape: z.ZodType<Lead> = z.looseObject({
  id: z.coerce.number().int().positive(),
  updatedAt: z.string().optional(),
})

export const listShape: z.ZodType<StaticList> = z.object({
  id: z.coerce.number().int().positive(),
  name: z.string(),
  description: z.string().nullish(),
  // Shown to people only: another form of it must not make the list unreadable.
  folder: z
    .object({ id: z.coerce.number().int().optional(), type: z.string().optional() })
    .optional()
    .catch(undefined),
})
