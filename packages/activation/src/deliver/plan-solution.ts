import type { Clock, Counterparts, Dataflow, SolutionRecords } from '@segue/runtime'
import type { Solution } from '@segue/solution-kit'
import { counterpartJobs } from '../counterpart/plan-counterparts.ts'
import type { JobQueue } from '../queue/job-queue.ts'
import type { DeliveryJob, UpkeepJob } from '../queue/jobs.ts'
import { followJob, isToBeAsked } from './follow.ts'
import { upkeepJob } from './upkeep.ts'

/**
 * Adds the jobs that a solution should have by what is kept: changes of counterparts, questions about accepted rows, the
 * refresh. To be called at the start, after each change of the dataflows, and now and then; what is there already stays as it
 * is, so that whoever died before adding a job lost nothing.
 */
export async function planSolution(
  ports: {
    readonly counterparts: Counterparts
    readonly records: SolutionRecords
    readonly clock: Clock
  },
  solution: Solution,
  queues: { readonly delivery: JobQueue<DeliveryJob>; readonly upkeep: JobQueue<UpkeepJob> },
  dataflows: readonly Dataflow[],
): Promise<void> {
  const { name, namespaces, readiness, refreshAfterMs } = solution
  await ports.records.describe(name, { namespaces, readiness })
  const own = dataflows.filter(({ solutions }) => solutions.includes(name))
  for (const dataflow of own) {
    const counterparts = await ports.counterparts.all(name, dataflow.id)
    await queues.delivery.ensure(counterpartJobs(dataflow, solution, counterparts))
    if (refreshAfterMs !== undefined && dataflow.retired !== true)
      await queues.upkeep.ensure([upkeepJob(name, dataflow.id)])
  }
  const accepted = await ports.records.followed(name)
  const due = accepted.filter((rows) => isToBeAsked(rows, ports.clock.nowMs()))
  await queues.delivery.ensure(due.map(followJob))
}

/**
 * Has what waits for a paused solution tried at once: whoever starts a processor anew may have mended what was wrong. To be
 * called at the start, before the first of its jobs can run and say that the solution works.
 */
export async function resumeSolution(
  records: SolutionRecords,
  solution: string,
  queue: JobQueue<DeliveryJob>,
): Promise<void> {
  if ((await records.pause(solution)) === undefined) return
  await queue.hasten()
}
