import { C1, Unpackr } from 'msgpackr'
import { Problem } from '../problem.ts'
import { updatesOf } from './updates.ts'
import type { Updates } from './updates.ts'

/**
 * Reads a body of `application/msgpack`: one array of updates, or one update.
 *
 * The decoder would rename a key `__proto__`, and the update would be read as if it had another key. A body that holds this
 * text anywhere is therefore decoded into Maps, which keep it, so that the model refuses it as it does in JSON.
 *
 * @throws Problem MALFORMED_MSGPACK
 */
export function readMsgpack(body: Buffer): Updates {
  let value: unknown
  try {
    value = body.includes('__proto__') ? plain(toMaps.unpack(body)) : toObjects.unpack(body)
  } catch {
    // The decoder's message quotes the body, which holds identities.
    value = C1
  }
  if (value === C1) throw new Problem('MALFORMED_MSGPACK', 'the body is not one msgpack value')
  return updatesOf(value)
}

const toObjects = new Unpackr({ useRecords: false, mapsAsObjects: true })
const toMaps = new Unpackr({ useRecords: false, mapsAsObjects: false })

/** Objects of Maps, with every key as an own property, whatever its name. Deeper than any body nests: an error, caught above. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (!(value instanceof Map)) return value
  return Object.fromEntries(Array.from(value, ([key, held]) => [String(key), plain(held)]))
}
