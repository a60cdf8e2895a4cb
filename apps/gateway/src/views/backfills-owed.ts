import type { RedisPorts } from '@segue/redis'
import type { ReconcileView } from './reconciles-view.ts'

/**
 * Whether an order, or a reconcile that is due, of an enabled dataflow is not carried out yet. It is work under way before anybody
 * has made a job of it.
 */
export async function backfillsOwed(
  { dataflows, backfills }: Pick<RedisPorts, 'dataflows' | 'backfills'>,
  partitionCount: number,
  reconciles: readonly Pick<ReconcileView, 'dataflow'>[] = [],
): Promise<boolean> {
  const enabled = (await dataflows.list()).filter((dataflow) => dataflow.enabled)
  const enabledIds = new Set(enabled.map(({ id }) => id))
  if (reconciles.some(({ dataflow }) => enabledIds.has(dataflow))) return true
  const places = enabled.flatMap((dataflow) =>
    (dataflow.backfills ?? []).flatMap((order) =>
      order.solutions.map((solution) => placeName(dataflow.id, order.id, solution)),
    ),
  )
  if (places.length === 0) return false
  const held = await Promise.all(
    Array.from({ length: partitionCount }, (_, partition) => backfills.all(partition)),
  )
  return held.some((all) => {
    const ended = new Set(
      all.flatMap(({ place, progress }) =>
        progress.phase === 'ended' ? [placeName(place.dataflow, place.order, place.solution)] : [],
      ),
    )
    return places.some((place) => !ended.has(place))
  })
}

function placeName(dataflow: string, order: string, solution: string): string {
  return `${dataflow}|${order}|${solution}`
}
