/** Lets a few through at a time; the others wait, first come, first served. */
export interface Turns {
  readonly take: <Result>(run: () => Promise<Result>) => Promise<Result>
}

/** @param atOnce how many run at the same time; how many wait is bounded by who calls */
export function createTurns(atOnce: number): Turns {
  const waiting: (() => void)[] = []
  let running = 0
  return {
    take: async (run) => {
      if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
      else running += 1
      try {
        return await run()
      } finally {
        const next = waiting.shift()
        // Whoever waits gets this turn, so that nobody who comes now overtakes.
        if (next === undefined) running -= 1
        else next()
      }
    },
  }
}
