import type { AlarmClock } from '@segue/runtime'

/** A claim lasts this long after it was made or renewed: so long a dead worker's rows wait. */
export const leaseMs = 20_000
const renewEveryMs = leaseMs / 4

/** The claims of one delivery, kept alive while it lasts. */
export interface ClaimLease {
  /**
   * Whether the claims are sure to last for a call that goes out now. False where this process was paused, or Redis is away; and
   * for good where Redis was away and is back, since what is there now may not know of the claims.
   */
  readonly holds: () => boolean
  /** Renews no more; what is under way is waited for, so that nothing is renewed after it was settled. */
  readonly end: () => Promise<void>
}

/**
 * @param interruptions how often the store was away until now
 * @param renew renews all claims made so far
 */
export function keepClaims(
  clock: AlarmClock,
  interruptions: () => number,
  renew: () => Promise<void>,
): ClaimLease {
  const interruptionsBefore = interruptions()
  let sureUntilMs = clock.nowMs() + leaseMs / 2
  let ended = false
  let running: Promise<void> = Promise.resolve()

  const beat = async (): Promise<void> => {
    const startedMs = clock.nowMs()
    try {
      await renew()
      sureUntilMs = startedMs + leaseMs / 2
    } catch {
      // Redis is away: the claims may lapse, and `holds` says so in time.
    }
    if (!ended) cancel = clock.after(renewEveryMs, next)
  }
  const next = (): void => {
    running = beat()
  }
  let cancel = clock.after(renewEveryMs, next)
  return {
    holds: () => clock.nowMs() < sureUntilMs && interruptions() === interruptionsBefore,
    end: async () => {
      ended = true
      cancel()
      await running
    },
  }
}
