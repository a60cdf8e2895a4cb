import type { JobQueue } from '@segue/activation'
import type { Metrics } from '@segue/telemetry'

/** Where jobs run, counted. */
export interface QueueMeter {
  readonly measured: <Payload>(name: string, queue: JobQueue<Payload>) => JobQueue<Payload>
  /** Sets the gauges of what is running now. */
  readonly gather: () => void
}

/** Counts how jobs end in this process, and knows how long those in work have run. */
export function createQueueMeter(metrics: Metrics, sandbox: string): QueueMeter {
  const ended = metrics.counter('segue_jobs_total')
  const oldest = metrics.gauge('segue_job_oldest_seconds')
  /** Queue → when its jobs in work began, the oldest first. */
  const running = new Map<string, Set<{ readonly startMs: number }>>()
  return {
    measured: (queue, given) => ({
      ...given,
      work: (run, options) => {
        const own = running.get(queue) ?? new Set()
        running.set(queue, own)
        return given.work(async (job) => {
          const started = { startMs: performance.now() }
          own.add(started)
          try {
            const outcome = await run(job)
            ended.inc({ sandbox, queue, outcome: outcome.status })
            return outcome
          } catch (error) {
            ended.inc({ sandbox, queue, outcome: 'failed' })
            throw error
          } finally {
            own.delete(started)
          }
        }, options)
      },
    }),
    gather: () => {
      for (const [queue, own] of running) {
        const [first] = own
        const seconds = first === undefined ? 0 : (performance.now() - first.startMs) / 1_000
        oldest.set({ sandbox, queue }, seconds)
      }
    },
  }
}
