import {
  profileSchemaVersion,
  restoredProfile,
  storedProfile,
  type Profile,
  type StoredProfile,
} from '@segue/profile'
import { RESERVE_START_SPACE } from 'msgpackr'
import { packr } from './packr.ts'

/** @returns the profile as it is stored: one byte of schema version, then msgpack */
export function packProfile(profile: Profile): Buffer {
  const packed = packr.pack(storedProfile(profile), RESERVE_START_SPACE + 1)
  packed[0] = profileSchemaVersion
  return packed
}

/**
 * @param profileKey the field's name, which the packed form leaves out
 * @throws Error where the schema version is not known: written by a newer release
 */
export function unpackProfile(profileKey: string, packed: Uint8Array): Profile {
  if (packed[0] !== profileSchemaVersion) {
    throw new Error(
      `profile has schema version ${packed[0]}, this release reads ${profileSchemaVersion}`,
    )
  }
  const stored: StoredProfile = packr.unpack(packed.subarray(1))
  return restoredProfile(profileKey, stored)
}
