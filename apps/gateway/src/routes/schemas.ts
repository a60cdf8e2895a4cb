import { Type } from 'typebox'
import type { TSchema } from 'typebox'

/** What several routes describe alike. */

/** The one shape of an error. */
const problemSchema: TSchema = Type.Object(
  {
    type: Type.String({ description: '`urn:segue:problem:` and the code.' }),
    title: Type.String({ description: 'What the code means.' }),
    status: Type.Integer(),
    code: Type.String({ description: 'Stable; see the table of codes.' }),
    detail: Type.String({ description: 'For people.' }),
    requestId: Type.String({ description: 'Stands in the log of the gateway too.' }),
  },
  {
    title: 'Problem',
    description: 'What went wrong. Codes with more to say have more fields.',
    additionalProperties: true,
  },
)

export const sandboxHeaders: TSchema = Type.Object({
  'x-sandbox-name': Type.Optional(
    Type.String({ description: 'The sandbox. Without it: `prod`.', examples: ['prod'] }),
  ),
})

/** Answers of a route: its own, and a problem for everything else. */
export function answers(own: Readonly<Record<string, object>>): Record<string, object> {
  return { ...own, '4xx': problemSchema, '5xx': problemSchema }
}

/** Routes for anybody: the document says so, since it asks for a token everywhere else. */
export const open: { readonly security: readonly [] } = { security: [] }

/** An answer that is no JSON. */
export function content(type: string, description: string): object {
  return { description, content: { [type]: { schema: Type.String() } } }
}

/** An answer that sends a browser elsewhere. */
export function redirect(description: string): object {
  return { description, type: 'null' }
}

/** A map with text keys. Written by hand, since a pattern for "any key" says nothing in a document. */
export function mapOf(values: TSchema): TSchema {
  return Type.Object({}, { additionalProperties: values })
}

export const timestampSchema: TSchema = Type.String({ format: 'date-time' })
export const countSchema: TSchema = Type.Integer({ minimum: 0 })
