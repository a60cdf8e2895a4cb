import type { ProfileWrite } from '@segue/runtime'

/** Bytes before a string: its type and its length. */
const headBytes = 5
const array32 = 0xdd
const str32 = 0xdb

/**
 * Packs the profiles that are to be written as one msgpack list of strings, key and profile by turns, for the commit script.
 *
 * By hand, since they are packed already: what is left is to put them one behind the other.
 *
 * @returns undefined where there are none
 */
export function packWrites(profiles: readonly ProfileWrite[]): Buffer | undefined {
  let bound = headBytes
  let strings = 0
  for (const { profileKey, packed } of profiles) {
    if (packed === undefined) continue
    bound += 2 * headBytes + profileKey.length * 3 + packed.byteLength
    strings += 2
  }
  if (strings === 0) return undefined
  const bytes = Buffer.allocUnsafe(bound)
  bytes[0] = array32
  bytes.writeUInt32BE(strings, 1)
  let at = headBytes
  for (const { profileKey, packed } of profiles) {
    if (packed === undefined) continue
    const length = bytes.write(profileKey, at + headBytes)
    at = head(bytes, length, at) + length
    at = head(bytes, packed.byteLength, at)
    bytes.set(packed, at)
    at += packed.byteLength
  }
  return bytes.subarray(0, at)
}

function head(bytes: Buffer, length: number, at: number): number {
  bytes[at] = str32
  return bytes.writeUInt32BE(length, at + 1)
}
