import type { Job, JobOutcome, JobQueue } from '../src/index.ts'

/** A job queue of which a test says which job runs when; delays count for nothing. */
export interface JobBag<Payload> extends JobQueue<Payload> {
  readonly size: () => number
  readonly clear: () => void
  /**
   * Runs the job at this place, modulo how many there are. One that throws stays, as does one that is not done.
   * @returns false where there is none
   */
  readonly run: (
    at: number,
    run: (job: Job<Payload>) => Promise<JobOutcome<Payload>>,
  ) => Promise<boolean>
}

export function jobBag<Payload>(): JobBag<Payload> {
  const jobs = new Map<string, Payload>()
  const add: JobQueue<Payload>['add'] = async (added) => {
    for (const { id, payload } of added) if (!jobs.has(id)) jobs.set(id, structuredClone(payload))
  }
  return {
    add,
    ensure: add,
    size: () => jobs.size,
    clear: () => jobs.clear(),
    run: async (at, run) => {
      const found = [...jobs][at % Math.max(1, jobs.size)]
      if (found === undefined) return false
      const [id, payload] = found
      const outcome = await run({ id, payload: structuredClone(payload) }).catch(() => undefined)
      if (outcome?.status === 'done') jobs.delete(id)
      else if (outcome !== undefined) jobs.set(id, outcome.payload)
      return true
    },
    work: () => Promise.reject(new Error('a bag has no worker')),
    hasten: () => Promise.resolve(),
    counts: () => Promise.resolve({ waiting: jobs.size, active: 0, delayed: 0, failed: 0 }),
    close: () => Promise.resolve(),
  }
}
