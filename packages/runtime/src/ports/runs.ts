/**
 * A run: an hour of a dataflow (`reference/platform.md` §9.1). A row belongs to the run of the hour in which it was received,
 * whenever it is settled, so every run balances by itself: received = activated + coalesced + excluded + failed + pending.
 * Rows are counted by the same scripts that count the books, in the same step.
 */
export interface Runs {
  /** Hours of which the partition has a part of the dataflow's run, newest first. */
  readonly hours: (
    partition: number,
    dataflow: string,
    range: RunRange,
  ) => Promise<readonly number[]>
  /** The partition's parts of these runs, in the order of the hours; undefined where it has none, or none any more. */
  readonly parts: (
    partition: number,
    dataflow: string,
    hours: readonly number[],
  ) => Promise<readonly (RunPart | undefined)[]>
}

/** Hours since the epoch, both included. */
export interface RunRange {
  readonly fromHour: number
  readonly toHour: number
  readonly limit: number
}

/** What one partition counted of a run. */
export interface RunPart {
  /** By `solution|outcome`, with the outcomes of `bookField`. */
  readonly numbers: ReadonlyMap<string, number>
  /** When something was last counted, epoch milliseconds. */
  readonly changedMs: number
}

/** How long a run is, and how long it is kept after its end; both in milliseconds. */
export interface RunPeriods {
  readonly lengthMs: number
  readonly keptMs: number
}

/** As the platform has it: an hour, kept for 90 days. */
export const runPeriods: RunPeriods = { lengthMs: 3_600_000, keptMs: 90 * 86_400_000 }
