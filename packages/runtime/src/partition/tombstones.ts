import { hashProfileKey } from '../codec/profile-hash.ts'
import type { Tombstone } from '../ports/erasures.ts'

/** The tombstones of a partition, as its owner knows them: read when it opens the partition, and changed by its commits alone. */
export interface Tombstones {
  /** When the profile was last erased, epoch milliseconds; 0: never, or so long ago that no tombstone stands. */
  readonly erasedMs: (profileKey: string) => number
  /** A profile is erased in the slice that is being stepped. */
  readonly add: (profileKey: string, erasedMs: number) => Tombstone
}

/** @param salt of the sandbox */
export function createTombstones(salt: Uint8Array, standing: readonly Tombstone[]): Tombstones {
  const byHash = new Map(standing.map(({ hash, erasedMs }) => [hash, erasedMs]))
  return {
    // Nobody is hashed as long as nobody was erased.
    erasedMs: (profileKey) =>
      byHash.size === 0 ? 0 : (byHash.get(hashProfileKey(salt, profileKey)) ?? 0),
    add: (profileKey, erasedMs) => {
      const hash = hashProfileKey(salt, profileKey)
      byHash.set(hash, erasedMs)
      return { hash, erasedMs }
    },
  }
}
