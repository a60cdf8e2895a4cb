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
    return { error: new SchemaFault(httpPart, validator.Errors(value)) }
  }
}

/** Faults that one answer lists. */
const faultsMax = 10

/** A part of a request that is not as its schema says. */
export class SchemaFault extends Error {
  override readonly name = 'SchemaFault'
  /** What is wrong where: a JSON pointer into that part. */
  readonly errors: readonly { readonly pointer: string; readonly detail: string }[]

  constructor(
    httpPart: string,
    faults: readonly { readonly instancePath: string; readonly message: string }[],
  ) {
    const [first] = faults
    super(`${httpPart}${first?.instancePath ?? ''} ${first?.message ?? 'is not as documented'}`)
    this.errors = faults
      .slice(0, faultsMax)
      .map(({ instancePath, message }) => ({ pointer: instancePath, detail: message }))
  }
}
