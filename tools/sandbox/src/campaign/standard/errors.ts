import type { WireAnswer } from '../../faults/inject.ts'
import { badUri, gatewayFault } from '../../gateway/gateway.ts'
import { type Row, UniqueViolated } from '../table.ts'

/** A call that the product refuses, behind the gateway, with what goes out. */
export class StandardRefused extends Error {
  readonly code: string
  readonly answer: WireAnswer

  constructor(code: string, answer: WireAnswer) {
    super(code)
    this.code = code
    this.answer = answer
  }
}

const internal = 'RST-360011 An error has occurred - please contact your administrator.'

/** The product's own refusals are text, one line a cause (reference §4.1). The first code names them in the journal. */
function productRefused(status: number, ...lines: readonly string[]): StandardRefused {
  const text = lines.join('\n')
  return new StandardRefused(/[A-Z]{3}-\d{6}/.exec(text)?.[0] ?? String(status), {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    body: text,
  })
}

export function unknownField(field: string, resource: string): StandardRefused {
  return productRefused(
    500,
    internal,
    `'${field}' property is not valid for the '${resource}' resource.`,
  )
}

export function readOnlyField(field: string, resource: string): StandardRefused {
  return productRefused(
    500,
    internal,
    `Cannot update the '${field}' property that is read-only`,
    `'${field}' property is not valid for the '${resource}' resource.`,
  )
}

export function badValue(field: string, resource: string, why: string): StandardRefused {
  return productRefused(500, internal, `'${field}' of the '${resource}' resource: ${why}.`)
}

export function badBody(why: string): StandardRefused {
  return productRefused(500, internal, why)
}

/** A key that was good once, or a raw key that is nobody's. */
export function notFound(resource: string, key: string): StandardRefused {
  return productRefused(
    404,
    internal,
    `Unable to find the document with path '${resource}' from key '${key}'`,
  )
}

/** What is no key at all goes into the product's expression as it is. */
export function badKey(resource: string, key: string): StandardRefused {
  return productRefused(
    500,
    `Attribute '${key.slice(1)}' unknown (see definition of schema '${schemas[resource] ?? resource}').`,
    `XTK-170036 Unable to parse expression '@id = ${key}'.`,
  )
}

export function keyChanged(resource: string, from: string, to: string): StandardRefused {
  return productRefused(
    500,
    internal,
    `RST-360012 Inconsistent operation on the '${resource}' resource - the key '${from}' cannot become '${to}'.`,
  )
}

export function duplicateKey(what: string, { index, values }: UniqueViolated): StandardRefused {
  return productRefused(
    500,
    `A '${what}' with the same key '${values.join(', ')}' already exists.`,
    `PGS-220000 PostgreSQL error: ERROR: duplicate key value violates unique constraint "${index.name}"`,
    `DETAIL: Key (${index.attributes.join(', ')})=(${values.join(', ')}) already exists.`,
  )
}

/** Lets a write happen, and says in the product's words where another record has the key. */
export function refusingDuplicates(what: string, write: () => Row): Row {
  try {
    return write()
  } catch (error) {
    if (error instanceof UniqueViolated) throw duplicateKey(what, error)
    throw error
  }
}

/** Scripted codes: the gateway's, the product's without their hyphen (`RST360011`), or an HTTP status. */
export function standardFaultAnswer(code: string): WireAnswer | undefined {
  const byGateway = gatewayFault(code)
  if (byGateway !== undefined) return byGateway
  const product = /^(RST|XTK|PGS)(\d{6})$/.exec(code)
  if (product !== null) {
    return productRefused(500, `${product[1]}-${product[2]} An error was asked for.`).answer
  }
  const status = Number(code)
  if (!(status >= 400 && status < 600)) return undefined
  if (status === 500) return badUri(500).answer
  if (status === 404) return notFound('sandbox', 'fault').answer
  return productRefused(status, 'An error was asked for.').answer
}

const schemas: Readonly<Record<string, string>> = {
  profile: 'Profiles (nms:recipient)',
  service: 'Services (nms:service)',
}
