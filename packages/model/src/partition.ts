import { crc32 } from 'node:zlib'
import type { ProfileKey } from './profile-update.ts'

/**
 * The partition of a profile, 0 to `partitionCount` − 1: CRC-32 of the key's UTF-8 modulo the count
 * (design §1). It must never change for a running system, or a profile would have two owners.
 */
export function partitionOf(profileKey: ProfileKey, partitionCount: number): number {
  if (!Number.isInteger(partitionCount) || partitionCount < 1) {
    throw new RangeError(`partitionCount must be a positive integer, not ${partitionCount}`)
  }
  return crc32(profileKey) % partitionCount
}
