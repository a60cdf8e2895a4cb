import type { Profile, Transitions } from '@segue/profile'

/** A profile in memory, with the machines that step it. */
export interface Resident {
  readonly profile: Profile
  readonly transitions: Transitions
  /** Makes the machines anew, by the same setting. */
  readonly startTransitions: () => Transitions
  /** The due time the store has for the profile, epoch ms; 0: none. */
  armedMs: number
  /** When the profile of this key was last erased, epoch ms; 0: never. */
  readonly erasedMs: number
}

/**
 * The resident profiles of a partition, bounded by count. Passivation drops: what is resident is committed, so nothing is
 * written on the way out.
 *
 * Least recently used by halves: a look-up moves a profile to the young half; when that is full, the old half goes and the
 * young one becomes old. It costs one map look-up for a profile in use, where an exact order would cost two writes.
 */
export interface Residency {
  readonly get: (profileKey: string) => Resident | undefined
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

  const put = (profileKey: string, resident: Resident): void => {
    if (young.size >= half && !young.has(profileKey)) {
      old = young
      young = new Map()
    } else {
      old.delete(profileKey)
    }
    young.set(profileKey, resident)
  }
  return {
    get: (profileKey) => {
      const resident = young.get(profileKey)
      if (resident !== undefined) return resident
      const aged = old.get(profileKey)
      if (aged === undefined) return undefined
      old.delete(profileKey)
      put(profileKey, aged)
      return aged
    },
    put,
    remove: (profileKey) => {
      young.delete(profileKey)
      old.delete(profileKey)
    },
    clear: () => {
      young = new Map()
      old = new Map()
    },
    size: () => young.size + old.size,
  }
}
