import type { AlarmClock } from '../ports/clock.ts'

/** Something that is done again and again, never twice at once. */
export interface Repeated {
  /** Does it now; where it is being done, once more after that. */
  readonly soon: () => void
  /** Takes back what is planned, and waits for what is being done. */
  readonly stop: () => Promise<void>
}

export interface RepeatOptions {
  readonly clock: AlarmClock
  /** It is first done after this long, ms. */
  readonly firstMs: number
  /** It rests for this long after an error, ms. */
  readonly afterFailureMs: number
  readonly failed: (error: unknown) => void
}

/** @param task answers after how long it is to be done again, ms */
export function repeat(
  task: () => Promise<number>,
  { clock, firstMs, afterFailureMs, failed }: RepeatOptions,
): Repeated {
  let running: Promise<void> | undefined
  let isWantedAgain = false
  let isStopped = false

  const run = async (): Promise<void> => {
    isWantedAgain = false
    let delayMs = afterFailureMs
    try {
      delayMs = await task()
    } catch (error) {
      failed(error)
    }
    running = undefined
    if (isStopped) return
    if (isWantedAgain) start()
    else cancel = clock.after(delayMs, start)
  }
  const start = (): void => {
    cancel()
    running = run()
  }
  let cancel = clock.after(firstMs, start)
  return {
    soon: () => {
      if (isStopped) return
      if (running === undefined) start()
      else isWantedAgain = true
    },
    stop: async () => {
      isStopped = true
      cancel()
      await running
    },
  }
}
