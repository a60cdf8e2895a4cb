/** Parameters of a DCS call by name, repeated ones kept, in order. */
export type DcsParameters = ReadonlyMap<string, readonly string[]>

/**
 * Decodes a query or form strictly: a `%` that starts no octet, or octets that are no UTF-8, make the whole request
 * invalid (code 311, reference §1.2), where lenient parsers would guess.
 * @returns undefined for such a request
 */
export function parseDcsParameters(...queries: readonly string[]): DcsParameters | undefined {
  const parameters = new Map<string, string[]>()
  for (const part of queries.flatMap((query) => query.split('&'))) {
    if (part === '') continue
    const mark = part.indexOf('=')
    const name = decode(mark < 0 ? part : part.slice(0, mark))
    const value = decode(mark < 0 ? '' : part.slice(mark + 1))
    if (name === undefined || value === undefined) return undefined
    const values = parameters.get(name)
    if (values === undefined) parameters.set(name, [value])
    else values.push(value)
  }
  return parameters
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
