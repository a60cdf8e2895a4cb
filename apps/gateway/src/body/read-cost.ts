/** A value as it is decoded: an object, an array, a text, each with its place in what holds it; measured at most 40 bytes. */
const bytesPerValue = 48
/** What is said of an update that is refused, until the answer is written. */
const bytesPerUpdate = 300
/** No value of JSON takes less on the wire than this: `{},`, an object and its place. */
const jsonBytesPerValueMin = 1.5

/**
 * About how much memory a body takes while it is read and checked, in bytes: what is small on the wire may be large in memory
 * (32 MB of `{},` are 500 MB of objects). Never less than it takes.
 *
 * @param format what the body is written in: NDJSON is JSON
 * @param updatesMax that it may hold
 * @param lookOver a body that cannot cost more than this is not looked through, but counts as if it were all values: looking
 *   takes nearly half as long as reading
 */
export function readCost(
  body: Buffer,
  format: 'json' | 'msgpack',
  updatesMax: number,
  lookOver: number,
): number {
  const costOf = ({ values, updates }: Held): number =>
    // Texts are there twice: in the whole, and by themselves.
    2 * body.length + bytesPerValue * values + bytesPerUpdate * Math.min(updates, updatesMax)
  const values = body.length / (format === 'msgpack' ? 1 : jsonBytesPerValueMin)
  // Where there are several updates, each has a separator.
  const most = costOf({ values, updates: values / 2 })
  return most <= lookOver ? most : costOf((format === 'msgpack' ? msgpackHeld : jsonHeld)(body))
}

/** What a body may hold, at most. */
interface Held {
  readonly values: number
  readonly updates: number
}

const lineFeed = 0x0a
const quote = 0x22
const comma = 0x2c
const bracket = 0x5b
const backslash = 0x5c
const bracketEnd = 0x5d
const brace = 0x7b
const braceEnd = 0x7d

/** Each value but the first has a bracket or a comma of its own before it. What is in texts does not count. */
export function jsonHeld(body: Buffer): Held {
  let values = 1
  let updates = 1
  let depth = 0
  for (let at = 0; at < body.length; at += 1) {
    switch (body[at] ?? 0) {
      case quote:
        at = textEnd(body, at)
        break
      case comma:
        values += 1
        if (depth <= 1) updates += 1
        break
      case bracket:
      case brace:
        values += 1
        depth += 1
        break
      case bracketEnd:
      case braceEnd:
        depth -= 1
        break
      case lineFeed:
        updates += 1
        break
      default:
    }
  }
  return { values, updates }
}

/** Where a text that begins at `from` ends. Its bytes are skipped at once, not one by one. */
function textEnd(body: Buffer, from: number): number {
  for (let at = from; ;) {
    const end = body.indexOf(quote, at + 1)
    if (end === -1) return body.length
    let escapes = 0
    while (body[end - 1 - escapes] === backslash) escapes += 1
    if (escapes % 2 === 0) return end
    at = end
  }
}

/** What its lengths promise counts as far as there are bytes for it. */
export function msgpackHeld(body: Buffer): Held {
  let values = 0
  for (let at = 0; at < body.length; values += 1) at += valueLength(body, at)
  return { values, updates: Math.min(values, msgpackUpdates(body)) }
}

/** What the head says of a body that is an array. */
function msgpackUpdates(body: Buffer): number {
  const byte = body[0] ?? 0
  if (byte >= 0x90 && byte <= 0x9f) return byte & 0x0f
  if (byte === 0xdc && body.length > 2) return body.readUInt16BE(1)
  return byte === 0xdd && body.length > 4 ? body.readUInt32BE(1) : 1
}

/** The head of a value, with its bytes where it is a text, a number or binary; what it holds follows as values of their own. */
function valueLength(body: Buffer, at: number): number {
  const byte = body[at] ?? 0
  const lengthAt = (bytes: 1 | 2 | 4): number =>
    at + bytes < body.length ? body.readUIntBE(at + 1, bytes) : 0
  if (byte >= 0xa0 && byte <= 0xbf) return 1 + (byte & 0x1f)
  switch (byte) {
    case 0xc4:
    case 0xd9:
      return 2 + lengthAt(1)
    case 0xc5:
    case 0xda:
      return 3 + lengthAt(2)
    case 0xc6:
    case 0xdb:
      return 5 + lengthAt(4)
    case 0xc7:
      return 3 + lengthAt(1)
    case 0xc8:
      return 4 + lengthAt(2)
    case 0xc9:
      return 6 + lengthAt(4)
    default:
      return 1 + (fixedLengths.get(byte) ?? 0)
  }
}

/** Numbers and fixed extensions, and the lengths of arrays and maps. */
const fixedLengths: ReadonlyMap<number, number> = new Map([
  [0xca, 4],
  [0xcb, 8],
  [0xcc, 1],
  [0xcd, 2],
  [0xce, 4],
  [0xcf, 8],
  [0xd0, 1],
  [0xd1, 2],
  [0xd2, 4],
  [0xd3, 8],
  [0xd4, 2],
  [0xd5, 3],
  [0xd6, 5],
  [0xd7, 9],
  [0xd8, 17],
  [0xdc, 2],
  [0xdd, 4],
  [0xde, 2],
  [0xdf, 4],
])
