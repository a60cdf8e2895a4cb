import type { Delivery, Receipt, Solution } from '@segue/solution-kit'
import type { Metrics } from '@segue/telemetry'

/** A solution whose calls are counted and timed. */
export function measuredSolution(solution: Solution, metrics: Metrics, sandbox: string): Solution {
  const seconds = metrics.histogram('segue_solution_call_duration_seconds')
  const rows = metrics.counter('segue_solution_rows_total')
  const { name } = solution
  const measured =
    (way: 'deliver' | 'express', call: Solution['deliver']) =>
    async (deliveries: readonly Delivery[]): Promise<readonly Receipt[]> => {
      const end = seconds.startTimer({ sandbox, solution: name, way })
      try {
        const receipts = await call(deliveries)
        for (const [verdict, own] of Map.groupBy(receipts, ({ status }) => status)) {
          rows.inc({ sandbox, solution: name, verdict }, own.length)
        }
        return receipts
      } finally {
        end()
      }
    }
  return {
    ...solution,
    deliver: measured('deliver', solution.deliver),
    ...(solution.express === undefined ? {} : { express: measured('express', solution.express) }),
  }
}
