import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import { mapOf, timestampSchema } from './schemas.ts'

const textSchema = Type.String()

/** What stands for a segment in a solution. */
export const counterpartSchema: TSchema = Type.Object(
  {
    state: Type.Enum(['ready', 'missing', 'failed', 'none'], {
      description: '`missing`: to be made. `none`: there is none, and none is wanted.',
    }),
    remoteId: Type.Optional(textSchema),
    name: textSchema,
    labels: Type.Optional(
      Type.Array(textSchema, { description: 'Data usage labels that the solution was told.' }),
    ),
    objects: Type.Optional(
      Type.Array(
        Type.Object({
          kind: textSchema,
          name: textSchema,
          id: Type.Optional(textSchema),
          in: Type.Optional(mapOf(textSchema)),
          has: Type.Optional(mapOf(textSchema)),
        }),
        {
          description:
            'Where a person finds it there, in the solution’s own words: signal, trait and segment with folders and data source; list; audience; service; variable.',
        },
      ),
    ),
    trouble: Type.Optional(
      Type.Object({
        code: textSchema,
        detail: textSchema,
        setting: Type.Optional(textSchema),
        at: timestampSchema,
      }),
    ),
  },
  { title: 'Counterpart' },
)
