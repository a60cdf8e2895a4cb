import {
  bookField,
  type Counterparts,
  type Dataflow,
  type Dataflows,
  type Ledger,
  type PartitionStore,
} from '@segue/runtime'
import type { NewJob } from '../queue/job-queue.ts'
import type { Retire } from '../deliver/upkeep.ts'
import type { UpkeepJob } from '../queue/jobs.ts'

/** Waits between looks, doubled from the first to the last: a removal takes a call, or as long as a solution is away. */
const againFirstMs = 250
const againLastMs = 60_000

/** The job that sees to the end of a retired dataflow. It is added at the start and after each change of the dataflows. */
export function retireJob({ id }: Pick<Dataflow, 'id'>): NewJob<UpkeepJob> {
  return {
    id: `retire-${id}`,
    name: 'retire a dataflow',
    payload: { kind: 'retire', dataflow: id, attempt: 0 },
    delayMs: againFirstMs,
  }
}

/**
 * Ends retired dataflows. As long as something stands for its segments in a solution, or rows of it are pending, it waits; then it
 * forgets what solutions were told, and last of all the dataflow itself. Whoever dies in between leaves it retired, and it is done
 * again.
 */
export function createRetire(
  ports: {
    readonly dataflows: Dataflows
    readonly counterparts: Counterparts
    readonly ledger: Ledger
    readonly store: PartitionStore
  },
  partitionCount: number,
): Retire {
  const { dataflows, counterparts, ledger, store } = ports
  const partitions = Array.from({ length: partitionCount }, (_, partition) => partition)
  const find = async (id: string): Promise<Dataflow | undefined> =>
    (await dataflows.list()).find((one) => one.id === id && one.retired === true)
  const isUnderWay = async ({ id, solutions }: Dataflow): Promise<boolean> => {
    for (const solution of solutions) {
      const all = await counterparts.all(solution, id)
      if ([...all.values()].some(({ remoteId }) => remoteId !== undefined)) return true
    }
    for (const partition of partitions) {
      const books = await store.books(partition)
      if (solutions.some((name) => (books.get(bookField(id, name, 'pending')) ?? 0) > 0))
        return true
    }
    return false
  }
  return async (job) => {
    const dataflow = await find(job.dataflow)
    if (dataflow === undefined) return { status: 'done' }
    if (!(await isUnderWay(dataflow))) {
      for (const solution of dataflow.solutions) {
        for (const partition of partitions) await ledger.forget(partition, dataflow.id, solution)
        await counterparts.forget(solution, dataflow.id)
      }
      await dataflows.remove(dataflow.id, dataflow.revision ?? 0)
      // It may have been put again meanwhile, by a newer configuration: then that one is to be removed.
      if ((await find(job.dataflow)) === undefined) return { status: 'done' }
    }
    const afterMs = Math.min(againFirstMs * 2 ** Math.min(job.attempt, 10), againLastMs)
    return { status: 'again', afterMs, payload: { ...job, attempt: job.attempt + 1 } }
  }
}
