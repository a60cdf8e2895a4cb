/** Readers of Redis' replies: what does not have the expected shape is an error at once, not a wrong value later. */

export function asArray(reply: unknown): unknown[] {
  if (Array.isArray(reply)) return reply
  throw new TypeError(`Redis answered ${describe(reply)} where an array was expected`)
}

export function asBuffer(reply: unknown): Buffer {
  if (Buffer.isBuffer(reply)) return reply
  throw new TypeError(`Redis answered ${describe(reply)} where a string was expected`)
}

export function asOptionalBuffer(reply: unknown): Buffer | undefined {
  return reply === null || reply === undefined ? undefined : asBuffer(reply)
}

export function asText(reply: unknown): string {
  return typeof reply === 'string' ? reply : asBuffer(reply).toString()
}

export function asNumber(reply: unknown): number {
  const number = typeof reply === 'number' ? reply : Number(asText(reply))
  if (Number.isNaN(number)) throw new TypeError('Redis answered text where a number was expected')
  return number
}

/** A flat list of fields and numbers, as HGETALL answers. */
export function asNumbers(reply: unknown): Map<string, number> {
  const flat = asArray(reply)
  const numbers = new Map<string, number>()
  for (let at = 0; at < flat.length; at += 2) numbers.set(asText(flat[at]), asNumber(flat[at + 1]))
  return numbers
}

function describe(reply: unknown): string {
  if (reply === null) return 'nothing'
  return Array.isArray(reply)
    ? 'an array'
    : Buffer.isBuffer(reply)
      ? 'a string'
      : `a ${typeof reply}`
}
