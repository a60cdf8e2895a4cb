import { applyJsonPatch, patchOperationsLimit } from '@segue/destinations'
import type { PatchOperation } from '@segue/destinations'
import { Type } from 'typebox'
import type { TSchema } from 'typebox'
import { SchemaFault, validatorOf } from '../validator.ts'
import { Problem } from '../problem.ts'

/** A body that is a JSON Patch (RFC 6902). */
export const jsonPatchSchema: TSchema = Type.Array(
  Type.Object(
    {
      op: Type.String(),
      path: Type.String(),
      from: Type.Optional(Type.String()),
      value: Type.Optional(Type.Unknown()),
    },
    { title: 'PatchOperation' },
  ),
  {
    minItems: 1,
    maxItems: patchOperationsLimit,
    description: 'A JSON Patch, RFC 6902: operations count one after the other.',
  },
)

/** The header that a change by version carries. */
export const ifMatchHeaders: TSchema = Type.Object({
  'if-match': Type.Optional(
    Type.String({ description: 'The `etag` that was read, with its quotes.' }),
  ),
})

/**
 * Makes what applies a JSON Patch to something that must fit a schema afterwards.
 * @returns applies; throws Refusal PATCH_INVALID or PATCH_TEST_FAILED, Problem REQUEST_INVALID where the result does not fit: its
 * pointers are places in the result
 */
export function patchedBy<Value>(
  schema: TSchema,
): (value: Value, operations: readonly PatchOperation[]) => Value {
  const check = validatorOf({ schema, httpPart: 'result' })
  const fits = (result: unknown): result is Value => 'value' in check(result)
  return (value, operations) => {
    const result = applyJsonPatch(value, operations)
    if (fits(result)) return result
    const checked = check(result)
    const errors =
      'error' in checked && checked.error instanceof SchemaFault ? checked.error.errors : []
    const [first] = errors
    throw new Problem('REQUEST_INVALID', `after the patch ${first?.pointer} ${first?.detail}`, {
      fields: { errors },
    })
  }
}
