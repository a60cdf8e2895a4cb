import type { MembershipLine } from './membership-line.ts'

/** A row of the segment mapping. */
export interface MappedSegment {
  readonly key: string
  readonly name: string
  readonly description: string
  readonly windowDays: number
}

/** The newest line of one identity for one segment. */
interface Held {
  readonly ts: number
  readonly join: boolean
  /** When the membership ends, epoch milliseconds: one segment window after the stream took the line [I]. */
  readonly untilMs: number
}

/** The source's segments in the DSP, and who is in them. */
export interface Segments {
  /** Makes a segment, or gives a known one another name, description, and window for lines to come. */
  readonly map: (segment: MappedSegment) => void
  /**
   * Takes one line: the newest `ts` wins whatever comes first, and (key, identity, ts) counts once, so that a line that is
   * merely repeated does not refresh a membership [I].
   */
  readonly take: (
    line: MembershipLine,
    atMs: number,
  ) => 'applied' | 'repeated' | 'stale' | 'unmapped'
  readonly all: () => IterableIterator<MappedSegment>
  /** Identities whose membership holds at this time, sorted. */
  readonly members: (key: string, nowMs: number) => readonly string[]
  readonly snapshot: () => SegmentsState
  readonly restore: (state: SegmentsState) => void
}

export type SegmentsState = readonly {
  readonly segment: MappedSegment
  readonly held: readonly (readonly [identity: string, ts: number, join: 0 | 1, untilMs: number])[]
}[]

const dayMs = 86_400_000

export function createSegments(): Segments {
  const segments = new Map<string, { mapped: MappedSegment; held: Map<string, Held> }>()
  return {
    map: (mapped) => {
      segments.set(mapped.key, { mapped, held: segments.get(mapped.key)?.held ?? new Map() })
    },
    take: ({ key, identity, ts, join }, atMs) => {
      const segment = segments.get(key)
      if (segment === undefined) return 'unmapped'
      const before = segment.held.get(identity)
      if (before !== undefined && before.ts === ts) return 'repeated'
      if (before !== undefined && before.ts > ts) return 'stale'
      const untilMs = atMs + segment.mapped.windowDays * dayMs
      segment.held.set(identity, { ts, join, untilMs })
      return 'applied'
    },
    *all() {
      for (const { mapped } of segments.values()) yield mapped
    },
    members: (key, nowMs) => {
      const segment = segments.get(key)
      if (segment === undefined) return []
      return [...segment.held]
        .filter(([, { join, untilMs }]) => join && untilMs > nowMs)
        .map(([identity]) => identity)
        .toSorted()
    },
    snapshot: () =>
      [...segments.values()].map(({ mapped, held }) => ({
        segment: mapped,
        held: [...held].map(
          ([identity, { ts, join, untilMs }]): readonly [string, number, 0 | 1, number] => [
            identity,
            ts,
            join ? 1 : 0,
            untilMs,
          ],
        ),
      })),
    restore: (state) => {
      for (const { segment, held } of state) {
        segments.set(segment.key, {
          mapped: segment,
          held: new Map(
            held.map(([identity, ts, join, untilMs]) => [
              identity,
              { ts, join: join === 1, untilMs },
            ]),
          ),
        })
      }
    },
  }
}
