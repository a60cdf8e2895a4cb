import { runPeriods, type RunPeriods } from '../../ports/runs.ts'
import type { Ports } from '../../ports/ports.ts'

/** What a contract suite tests: one fresh store, with as many workers on it as a test wants. */
export interface Subject {
  /** The ports as this worker has them. All workers share the store. */
  readonly ports: (workerName?: string) => Ports
  /** Lets `ms` pass on the store's clock and the workers'. No suite asks for more than some tens of milliseconds at once. */
  readonly pass: (ms: number) => Promise<void>
  /** Ends the worker's liveness as if it had not renewed it in time: 5 s would be long to wait for. */
  readonly silence: (workerName: string) => Promise<void>
  /**
   * Remembers all that the store holds. @returns has the store be as it was then, as after a failover to a replica that had
   * no more; connections need not break
   */
  readonly remember: () => Promise<() => Promise<void>>
}

/** Called once a test; what it opens, it closes by `onTestFinished`. Without periods: `oneRun`. */
export type CreateSubject = (periods?: RunPeriods) => Promise<Subject>

/** All time until the year 5138 is one run, so that none ends while a test runs, and memory and Redis name it alike. */
export const oneRun: RunPeriods = { ...runPeriods, lengthMs: 1e14 }

/** Partitions that a subject has. */
export const subjectPartitions = 4

/** Waits until `holds`, letting time pass meanwhile. @throws after 10 s of the subject's time, naming what was waited for */
export async function until(
  subject: Subject,
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const clock = subject.ports().clock
  const deadlineMs = clock.nowMs() + 10_000
  while (!(await holds())) {
    if (clock.nowMs() > deadlineMs) throw new Error(`waited in vain until ${what}`)
    await subject.pass(2)
  }
}
