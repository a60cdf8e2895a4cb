import type { Hit } from './hit.ts'

/** Where a visitor stands with a segment: what the hit said that was processed last. */
interface Standing {
  entered: boolean
  timestampS: number
}

interface SegmentVisits {
  readonly visitors: Map<string, Standing>
  enteredHits: number
  exitedHits: number
}

/** What the processed hits of the report suite came to. */
export interface Visits {
  /**
   * Takes one hit. Hits count in the order in which they are processed: Analytics promises nothing for rows that are not
   * sorted and files that are not uploaded in order, and here a late older hit undoes a newer one, so that it shows [I].
   * @returns what became of it; `late` where the visitor had a newer hit before
   */
  readonly take: (hit: Hit) => 'taken' | 'late' | 'lost'
  readonly segments: () => IterableIterator<string>
  readonly counts: (segment: string) => { readonly entered: number; readonly exited: number }
  /** How many visitors had a hit for the segment. */
  readonly visitors: (segment: string) => number
  /** Visitors whose last hit for the segment says that they entered. */
  readonly members: (segment: string) => readonly string[]
  readonly snapshot: () => VisitsState
  readonly restore: (state: VisitsState) => void
}

export interface VisitsState {
  readonly newest: readonly (readonly [visitor: string, timestampS: number])[]
  readonly segments: readonly {
    readonly id: string
    readonly enteredHits: number
    readonly exitedHits: number
    readonly visitors: readonly (readonly [visitor: string, entered: 0 | 1, timestampS: number])[]
  }[]
}

export function createVisits(reportSuiteId: string): Visits {
  const newest = new Map<string, number>()
  const segments = new Map<string, SegmentVisits>()

  const segmentOf = (id: string): SegmentVisits => {
    let segment = segments.get(id)
    if (segment === undefined) {
      segments.set(id, (segment = { visitors: new Map(), enteredHits: 0, exitedHits: 0 }))
    }
    return segment
  }

  return {
    take: ({ visitor, timestampS, suites, segments: ids, entered }) => {
      // Nothing says what happens to hits for a suite that is not there; they are gone [I].
      const isOurs =
        suites === reportSuiteId ||
        suites.split(',').some((suite) => suite.trim() === reportSuiteId)
      if (!isOurs) return 'lost'
      const latest = newest.get(visitor) ?? timestampS
      newest.set(visitor, Math.max(latest, timestampS))
      if (entered !== null) {
        for (const id of ids) {
          const segment = segmentOf(id)
          if (entered) segment.enteredHits += 1
          else segment.exitedHits += 1
          segment.visitors.set(visitor, { entered, timestampS })
        }
      }
      return timestampS < latest ? 'late' : 'taken'
    },
    segments: () => segments.keys(),
    counts: (id) => ({
      entered: segments.get(id)?.enteredHits ?? 0,
      exited: segments.get(id)?.exitedHits ?? 0,
    }),
    visitors: (id) => segments.get(id)?.visitors.size ?? 0,
    members: (id) =>
      [...(segments.get(id)?.visitors ?? [])]
        .filter(([, { entered }]) => entered)
        .map(([visitor]) => visitor)
        .toSorted(),
    snapshot: () => ({
      newest: [...newest],
      segments: [...segments].map(([id, { visitors, enteredHits, exitedHits }]) => ({
        id,
        enteredHits,
        exitedHits,
        visitors: [...visitors].map(
          ([visitor, { entered, timestampS }]): [string, 0 | 1, number] => [
            visitor,
            entered ? 1 : 0,
            timestampS,
          ],
        ),
      })),
    }),
    restore: (state) => {
      for (const [visitor, timestampS] of state.newest) newest.set(visitor, timestampS)
      for (const { id, enteredHits, exitedHits, visitors } of state.segments) {
        segments.set(id, {
          enteredHits,
          exitedHits,
          visitors: new Map(
            visitors.map(([visitor, entered, timestampS]) => [
              visitor,
              { entered: entered === 1, timestampS },
            ]),
          ),
        })
      }
    },
  }
}
