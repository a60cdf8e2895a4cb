import { Compile } from 'typebox/compile'
import type { TSchema } from 'typebox'

/** A part of a request, checked: the value to use, or what is wrong with it. */
type Checked = { readonly value: unknown } | { readonly error: Error }

/** Compiles the check of one part of a request. Parameters of an address are text, and are read as their schema has them. */
export function validatorOf({
  schema,
  httpPart = 'request',
}: {
  readonly schema: TSchema
  readonly httpPart?: string
}): (value: unknown) => Checked {
  const validator = Compile(schema)
  const isText = httpPart === 'querystring'
  return (given) => {
    const value = isText ? validator.Convert(given) : given
    if (validator.Check(value)) return { value }
    const [first] = validator.Errors(value)
    const place = `${httpPart}${first?.instancePath ?? ''}`
    return { error: new Error(`${place} ${first?.message ?? 'is not as documented'}`) }
  }
}
