/** The shared budget of calls to one solution. The engine provides one over Redis, tests one in memory. */
export interface RateLimiter {
  /**
   * Takes one call from the budget, waiting for it where needed.
   * @param deadlineMs how long the caller is ready to wait, in milliseconds
   * @returns 0 when the call may go out now, else how many milliseconds from now there is room again (nothing was taken)
   */
  readonly take: (deadlineMs: number) => Promise<number>
}

/** A budget with no bound, for servers that have none. */
export const unlimited: RateLimiter = { take: () => Promise.resolve(0) }
