/** What a sample looks like. Same options, same bytes. Shares are between 0 and 1. */
export interface SampleOptions {
  readonly seed: number
  /** Every one of them has at least one update. */
  readonly profiles: number
  /** Distinct updates; duplicates and garbage come on top. */
  readonly updates: number
  readonly segments: number
  /** The end of the time line, epoch milliseconds; an argument, because "now" would give another file each time. */
  readonly baseTimeMs: number
  /** How far the time line reaches back from the base time. */
  readonly spanMs: number
  readonly zipfExponent: number
  /** Mean number of updates of a session. */
  readonly sessionUpdates: number
  /** Mean gap between two updates of a session. */
  readonly sessionGapMs: number
  /** Share of updates that arrive up to `lateMs` late, so behind newer ones. */
  readonly lateShare: number
  readonly lateMs: number
  /** Share of updates that arrive twice. */
  readonly duplicateShare: number
  /** Share of realized memberships whose `validUntil` is within `expiringMs` after the base time. */
  readonly expiringShare: number
  readonly expiringMs: number
  /** Share of updates that withdraw consent, or give it back. */
  readonly consentShare: number
  /** Share of all lines that are broken. */
  readonly garbageShare: number
}

export const sampleDefaults: Omit<SampleOptions, 'seed' | 'baseTimeMs'> = {
  profiles: 20_000,
  updates: 200_000,
  segments: 20,
  spanMs: 6 * 3_600_000,
  zipfExponent: 0.99,
  sessionUpdates: 5,
  sessionGapMs: 20_000,
  lateShare: 0.01,
  lateMs: 3_600_000,
  duplicateShare: 0.005,
  expiringShare: 0,
  expiringMs: 10_000,
  consentShare: 0.01,
  garbageShare: 0,
}

/** @throws RangeError that names the option and what it may be */
export function checkSampleOptions(options: SampleOptions): void {
  for (const name of ['profiles', 'updates', 'segments'] as const) {
    if (!Number.isSafeInteger(options[name]) || options[name] < 1) {
      throw new RangeError(`${name} must be a whole number of at least 1, not ${options[name]}`)
    }
  }
  for (const name of ['seed', 'baseTimeMs', 'spanMs', 'lateMs', 'expiringMs'] as const) {
    if (!Number.isSafeInteger(options[name]) || options[name] < 0) {
      throw new RangeError(`${name} must be a whole number of at least 0, not ${options[name]}`)
    }
  }
  for (const name of ['zipfExponent', 'sessionGapMs'] as const) {
    if (!(options[name] >= 0))
      throw new RangeError(`${name} must be at least 0, not ${options[name]}`)
  }
  if (!(options.sessionUpdates >= 1)) {
    throw new RangeError(`sessionUpdates must be at least 1, not ${options.sessionUpdates}`)
  }
  const shares = ['lateShare', 'duplicateShare', 'expiringShare', 'consentShare'] as const
  for (const name of shares) {
    if (!(options[name] >= 0 && options[name] <= 1)) {
      throw new RangeError(`${name} must be between 0 and 1, not ${options[name]}`)
    }
  }
  if (!(options.garbageShare >= 0 && options.garbageShare < 1)) {
    throw new RangeError(
      `garbageShare must be at least 0 and less than 1, not ${options.garbageShare}`,
    )
  }
  if (options.updates < options.profiles) {
    throw new RangeError(
      `updates (${options.updates}) must be at least profiles (${options.profiles}): each profile has one`,
    )
  }
}
