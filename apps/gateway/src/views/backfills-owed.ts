import type { RedisPorts } from '@segue/redis'

/**
 * Whether an order of an enabled dataflow is not carried out yet. It is work under way before anybody has made a job of it.
 */
export async function backfillsOwed(
  { dataflows, backfills }: Pick<RedisPorts, 'dataflows' | 'backfills'>,
  partitionCount: number,
): Promise<boolean> {
  const places = (await dataflows.list())
    .filter(({ enabled }) => enabled)
    .flatMap((dataflow) =>
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
