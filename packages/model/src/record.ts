type Fields = Readonly<Record<string, unknown>>

/**
 * Whether a value has fields to read. Decoders other than JSON's may make dates or buffers: those
 * read as having none of ours.
 */
export function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Whether a value is a map whose keys may be walked. A buffer is not: each of its bytes would be a
 * key. Walk it with `for … in`: on objects fresh from a decoder, which inherit nothing that it would
 * see, that takes two thirds of the time of `Object.keys`.
 */
export function isOpenMap(value: unknown): value is Fields {
  return isRecord(value) && !ArrayBuffer.isView(value)
}

/**
 * The key that no object may own: copied carelessly further down, it would change the copy's
 * prototype.
 */
export const reservedKey = '__proto__'

export function hasReservedKey(record: object): boolean {
  return Object.hasOwn(record, reservedKey)
}
