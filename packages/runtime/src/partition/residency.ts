import type { Profile, Transitions } from '@segue/profile'

/** A profile in memory, with the machines that step it. */
export interface Resident {
  /** Another object once the profile was dropped: whoever comes with its key again is somebody new. */
  profile: Profile
  transitions: Transitions
  /** Makes the machines anew, by the same setting. */
  readonly startTransitions: () => Transitions
  /** The due time the store has for the profile, epoch ms; 0: none. */
  armedMs: number
  /** When the profile of this key was last erased, epoch ms; 0: never. */
  erasedMs: number
  /** The residency's half that has it. */
  half: number
  /** The slice in work changed it. */
  isChanged: boolean
  /** The slice in work dropped the profile, and nothing came with its key since. */
  isDropped: boolean
}

/**
 * The resident profiles of a partition, bounded by count. Passivation drops: what is resident is committed, so nothing is
 * written on the way out.
 *
 * Least recently used by halves: its use moves a profile to the young half; when that is full, the old half goes and the young
 * one becomes old. A profile in use knows that it is young, so that its use costs no look-up, where an exact order would cost
 * two writes.
 */
export interface Residency {
  /** Looks without using: what is resident stays so, however much else is looked for. */
  readonly peek: (profileKey: string) => Resident | undefined
  /** Notes that a profile is in use, or makes it resident. */
  readonly put: (profileKey: string, resident: Resident) => void
  readonly remove: (profileKey: string) => void
  /** Drops everything: after a commit whose outcome is not known, or when the partition was lost. */
  readonly clear: () => void
  readonly size: () => number
}

/** @param capacity most profiles to keep; at least 2 */
export function createResidency(capacity: number): Residency {
  const half = Math.max(1, Math.floor(capacity / 2))
  let young = new Map<string, Resident>()
  let old = new Map<string, Resident>()

  let number = 0

  return {
    peek: (profileKey) => young.get(profileKey) ?? old.get(profileKey),
    put: (profileKey, resident) => {
      if (resident.half === number) return
      if (young.size >= half && !young.has(profileKey)) {
        old = young
        young = new Map()
        number += 1
      } else {
        old.delete(profileKey)
      }
      resident.half = number
      young.set(profileKey, resident)
    },
    remove: (profileKey) => {
      const resident = young.get(profileKey)
      if (resident !== undefined) resident.half = -1
      young.delete(profileKey)
      old.delete(profileKey)
    },
    clear: () => {
      number += 1
      young = new Map()
      old = new Map()
    },
    size: () => young.size + old.size,
  }
}
