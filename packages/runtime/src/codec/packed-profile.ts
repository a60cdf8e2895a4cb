import {
  profileSchemaVersion,
  restoredProfile,
  storedProfile,
  type Profile,
  stride,
} from '@segue/profile'
import { RESERVE_START_SPACE } from 'msgpackr'
import { packr } from './packr.ts'
import { isNumbers, isTexts, Unreadable, unknownVersion, unpacked } from './unreadable.ts'

/** @returns the profile as it is stored: one byte of schema version, then msgpack */
export function packProfile(profile: Profile): Buffer {
  const packed = packr.pack(storedProfile(profile), RESERVE_START_SPACE + 1)
  packed[0] = profileSchemaVersion
  return packed
}

/**
 * @param profileKey the field's name, which the packed form leaves out
 * @throws Unreadable where the schema version is not known, written by a newer release, or the bytes are damaged
 */
export function unpackProfile(profileKey: string, packed: Uint8Array): Profile {
  if (packed[0] !== profileSchemaVersion) {
    throw unknownVersion('PROFILE_UNREADABLE', 'profile', packed[0], profileSchemaVersion)
  }
  const stored = unpacked(packed.subarray(1))
  const [condition, consentAtMs, erasedMs, others, memberships]: unknown[] = Array.isArray(stored)
    ? stored
    : []
  if (
    typeof condition !== 'number' ||
    typeof consentAtMs !== 'number' ||
    typeof erasedMs !== 'number' ||
    !isTexts(others) ||
    !isNumbers(memberships) ||
    memberships.length % stride !== 0
  ) {
    throw new Unreadable('PROFILE_UNREADABLE', 'profile is damaged', false)
  }
  return restoredProfile(profileKey, [condition, consentAtMs, erasedMs, others, memberships])
}
