import type { AlarmClock } from '@segue/runtime'

/** A claim lasts this long after it was made or renewed: so long a dead worker's rows wait. */
export const leaseMs = 20_000
const renewEveryMs = leaseMs / 4

/** The claims of one delivery, kept alive while it lasts. */
export interface ClaimLease {
  /** Makes a claim, and keeps it from then on: it is renewed by `renew`. */
  readonly claim: <Claim>(
    make: () => Promise<Claim>,
    renew: (claim: Claim) => Promise<void>,
  ) => Promise<Claim>
  /**
   * Whether the claims are sure to last for a call that goes out now. False where this process was paused, or Redis is away; and
   * for good where Redis was away and is back, since what is there now may not know of the claims.
   */
  readonly holds: () => boolean
  /** Renews no more; what is under way is waited for, so that nothing is renewed after it was settled. */
  readonly end: () => Promise<void>
}

interface Kept {
  readonly renew: () => Promise<void>
  /** Counted from before the call that made or renewed it: a process may sleep until its answer. */
  sureUntilMs: number
}

/** @param interruptions how often the store was away until now */
export function keepClaims(clock: AlarmClock, interruptions: () => number): ClaimLease {
  const interruptionsBefore = interruptions()
  const claims: Kept[] = []
  let ended = false
  let running: Promise<void> = Promise.resolve()

  const beat = async (): Promise<void> => {
    try {
      for (const claim of claims) {
        const startedMs = clock.nowMs()
        await claim.renew()
        claim.sureUntilMs = startedMs + leaseMs / 2
      }
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
    claim: async (make, renew) => {
      const startedMs = clock.nowMs()
      const claim = await make()
      claims.push({ renew: () => renew(claim), sureUntilMs: startedMs + leaseMs / 2 })
      return claim
    },
    holds: () => {
      const nowMs = clock.nowMs()
      return (
        interruptions() === interruptionsBefore &&
        claims.every(({ sureUntilMs }) => nowMs < sureUntilMs)
      )
    },
    end: async () => {
      ended = true
      cancel()
      await running
    },
  }
}
