import type { RedisPorts } from '@segue/redis'
import { timeOf } from './time-of.ts'

/** A solution was over its backlog's bound: what was left out is brought by a reconcile, once it takes rows again. */
export interface ReconcileView {
  readonly dataflow: string
  readonly solution: string
  /** Since when, as an ISO time. */
  readonly since: string
  /** Rows that were left out. */
  readonly rows: number
  /** Partitions of which something was left out. */
  readonly partitions: number
}

/** All reconciles that are due, by dataflow and solution. */
export async function viewReconciles(
  { backlogs }: Pick<RedisPorts, 'backlogs'>,
  partitionCount: number,
): Promise<readonly ReconcileView[]> {
  const held = await Promise.all(
    Array.from({ length: partitionCount }, (_, partition) => backlogs.all(partition)),
  )
  const marked = held
    .flat()
    .flatMap(({ dataflow, solution, due }) => (due ? [{ dataflow, solution, due }] : []))
  const bySolution = Map.groupBy(marked, ({ dataflow, solution }) => `${dataflow}|${solution}`)
  return [...bySolution.values()].flatMap((own) => {
    const [first] = own
    if (first === undefined) return []
    return [
      {
        dataflow: first.dataflow,
        solution: first.solution,
        since: timeOf(Math.min(...own.map(({ due }) => due.sinceMs))),
        rows: own.reduce((sum, { due }) => sum + due.rows, 0),
        partitions: own.length,
      },
    ]
  })
}
