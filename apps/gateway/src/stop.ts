import type { Logger } from '@segue/telemetry'

/** Longest time that requests in flight get to end. */
const stopDeadlineMs = 10_000

export interface StopOptions {
  readonly log: Logger
  /** Says that no more work should come here. */
  readonly drain: () => void
  /** How long it goes on serving after that. */
  readonly drainMs: number
  /** Ends everything in order. */
  readonly stop: () => Promise<void>
  /** Whether the end of standard input is a reason to stop: the process that started this one is gone. */
  readonly withParent: boolean
}

/**
 * Stops in order at the first SIGTERM or SIGINT, and at once at a second one. Until `drainMs` are over it serves what comes. What does not end in time is cut off.
 */
export function stopOnSignals({ log, drain, drainMs, stop, withParent }: StopOptions): void {
  let stopping = false
  const begin = (reason: string, code: number): void => {
    if (stopping) {
      log.warn({ reason }, 'ended at once')
      process.exit(code)
    }
    stopping = true
    log.info({ reason, drainMs }, 'stopping')
    drain()
    const cut = setTimeout(() => {
      log.error({ afterMs: stopDeadlineMs }, 'did not stop in time')
      process.exit(1)
    }, drainMs + stopDeadlineMs)
    cut.unref()
    const drained = new Promise((resolve) => {
      setTimeout(resolve, drainMs)
    })
    drained.then(stop).then(
      () => {
        log.info('stopped')
        process.exit(0)
      },
      (error: unknown) => {
        log.error({ err: error }, 'did not stop in order')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => begin('SIGTERM', 143))
  process.on('SIGINT', () => begin('SIGINT', 130))
  if (withParent) {
    const ended = (): void => {
      if (!stopping) begin('the parent is gone', 1)
    }
    process.stdin.on('end', ended).on('error', ended).resume()
  }
}
