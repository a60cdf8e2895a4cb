import type { Profile } from './profile.ts'

/** Version of the stored shape; the first byte of every stored profile. */
export const profileSchemaVersion = 1

/**
 * A profile as it is packed (schema version 1): condition, consent time, erasure time, identities beside the key, memberships.
 * The key is not in it: it is the field's name.
 */
export type StoredProfile = [
  condition: number,
  consentAtMs: number,
  erasedMs: number,
  others: string[],
  memberships: number[],
]

/** The stored shape of a profile. Shares the membership array: pack it at once. */
export function storedProfile(profile: Profile): StoredProfile {
  return [
    profile.condition,
    profile.consentAtMs,
    profile.erasedMs,
    profile.identities.slice(1),
    profile.memberships,
  ]
}

/** The profile of a stored shape. Takes the arrays over. */
export function restoredProfile(profileKey: string, stored: StoredProfile): Profile {
  const [condition, consentAtMs, erasedMs, others, memberships] = stored
  others.unshift(profileKey)
  return {
    condition,
    consentAtMs,
    erasedMs,
    identities: others,
    memberships,
  }
}
