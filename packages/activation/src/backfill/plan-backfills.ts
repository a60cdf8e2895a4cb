import type { BackfillPlace, Backfills, Backlogs, KnownDataflows } from '@segue/runtime'
import type { JobQueue, NewJob } from '../queue/job-queue.ts'
import type { BackfillJob } from '../queue/jobs.ts'
import { reconcileJobs } from './reconcile.ts'

/**
 * Adds the jobs of all orders that are not carried out yet and of all reconciles that are due, and drops the progress of orders
 * that are gone. To be called at the start and after each change of the dataflows, so that whoever died before adding a job lost
 * nothing. What is of a dataflow that is disabled waits until it is enabled: that is a change too.
 */
export async function planBackfills(
  { backfills, backlogs }: { readonly backfills: Backfills; readonly backlogs: Backlogs },
  { version, dataflows }: KnownDataflows,
  partitionCount: number,
  queue: JobQueue<BackfillJob>,
): Promise<void> {
  const all = dataflows.flatMap((dataflow) =>
    (dataflow.backfills ?? []).flatMap((order) =>
      order.solutions.map((solution) => ({
        enabled: dataflow.enabled,
        place: { dataflow: dataflow.id, order: order.id, solution },
      })),
    ),
  )
  const places = all.map(({ place }) => place)
  const enabledIds = new Set(dataflows.flatMap(({ id, enabled }) => (enabled ? [id] : [])))
  const endedIn = new Map<string, number>()
  for (let partition = 0; partition < partitionCount; partition += 1) {
    await backfills.prune(partition, places, version)
    await queue.ensure(
      await reconcileJobs(backlogs, partition, ({ dataflow }) => enabledIds.has(dataflow)),
    )
    if (places.length === 0) continue
    for (const { place, progress } of await backfills.all(partition)) {
      if (progress.phase !== 'ended') continue
      const name = nameOf(place)
      endedIn.set(name, (endedIn.get(name) ?? 0) + 1)
    }
  }
  await queue.ensure(
    all.flatMap(({ enabled, place }) =>
      enabled && (endedIn.get(nameOf(place)) ?? 0) < partitionCount
        ? [backfillJob(place, version)]
        : [],
    ),
  )
}

function backfillJob(place: BackfillPlace, version: number): NewJob<BackfillJob> {
  return {
    id: `${nameOf(place)}-${version}`,
    name: `backfill of ${place.solution}`,
    payload: { ...place, version, partition: 0, waits: 0 },
    delayMs: 0,
  }
}

/** No colons: BullMQ would read them. */
function nameOf({ dataflow, order, solution }: BackfillPlace): string {
  return `${dataflow}-${order}-${solution}`
}
