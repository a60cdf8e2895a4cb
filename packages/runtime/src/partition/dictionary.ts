/** Segments a partition may know: their index is stored in two bytes, and one array a partition is kept of them. */
export const segmentsLimit = 4_000

/** A partition's append-only dictionary of segments, as its owner has it. */
export interface Dictionary {
  /** Segment at its index, committed or about to be. */
  readonly segments: readonly string[]
  /** The segment's index; a new one is taken in; -1 where the dictionary is full (code `SEGMENT_LIMIT`). */
  readonly indexOf: (segment: string) => number
  /** Entries taken in since the last commit. */
  readonly uncommitted: () => readonly string[]
  readonly committed: () => void
}

/** @param stored the dictionary as the store has it */
export function createDictionary(stored: readonly string[]): Dictionary {
  const segments = [...stored]
  const indices = new Map(segments.map((segment, index) => [segment, index]))
  let committedCount = segments.length
  return {
    segments,
    indexOf: (segment) => {
      const known = indices.get(segment)
      if (known !== undefined) return known
      if (segments.length >= segmentsLimit) return -1
      indices.set(segment, segments.length)
      return segments.push(segment) - 1
    },
    uncommitted: () => segments.slice(committedCount),
    committed: () => {
      committedCount = segments.length
    },
  }
}
