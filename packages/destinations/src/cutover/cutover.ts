/**
 * The move from the vendor's legacy segment sharing to flows of ours, as a record: what was done, when, by whom
 * (`reference/platform.md` §11; seed, "legacy segment sharing").
 */
export interface Cutover {
  /** `prepared`: flows are held. `switched`: the legacy integration is off and they are on. */
  readonly state: 'prepared' | 'switched'
  /** Flows that are switched on together; fixed when they are. */
  readonly flowIds: readonly string[]
  readonly steps: readonly CutoverStep[]
  /** When the legacy integration stopped, epoch milliseconds. */
  readonly legacyDisabledAtMs?: number
  /** When the flows were switched on. */
  readonly enabledAtMs?: number
  /** The request to the vendor that switched it off. */
  readonly ticket?: string
}

export interface CutoverStep {
  readonly name: 'prepared' | 'switched'
  /** Epoch milliseconds. */
  readonly atMs: number
  /** Name of the actor. */
  readonly by: string
}

/** How long neither sent, in milliseconds; undefined before the switch. */
export function gapMsOf({ legacyDisabledAtMs, enabledAtMs }: Cutover): number | undefined {
  if (legacyDisabledAtMs === undefined || enabledAtMs === undefined) return undefined
  return enabledAtMs - legacyDisabledAtMs
}
