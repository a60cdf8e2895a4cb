import { Type } from 'typebox'
import type { TSchema } from 'typebox'

/** What several routes describe alike. */

/** The one shape of an error. */
export const problemSchema: TSchema = Type.Object(
  {
    code: Type.String({ description: 'Stable; see the table of codes.' }),
    detail: Type.String({ description: 'For people.' }),
    requestId: Type.String({ description: 'Stands in the log of the gateway too.' }),
  },
  { title: 'Problem', additionalProperties: true },
)

export const sandboxHeaders: TSchema = Type.Object({
  'x-sandbox-name': Type.Optional(
    Type.String({ description: 'The sandbox. Without it: `prod`.', examples: ['prod'] }),
  ),
})

/** Answers of a route: its own, and a problem for everything else. */
export function answers(own: Readonly<Record<string, TSchema>>): Record<string, TSchema> {
  return { ...own, '4xx': problemSchema, '5xx': problemSchema }
}

/** A map with text keys. Written by hand, since a pattern for "any key" says nothing in a document. */
export function mapOf(values: TSchema): TSchema {
  return Type.Object({}, { additionalProperties: values })
}

export const timestampSchema: TSchema = Type.String({ format: 'date-time' })
export const countSchema: TSchema = Type.Integer({ minimum: 0 })
