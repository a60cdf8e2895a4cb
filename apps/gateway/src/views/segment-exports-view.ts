import type { Sandbox } from '../sandbox.ts'
import { counterpartView, readinessView } from './solutions-view.ts'
import type { CounterpartView, SolutionView } from './solutions-view.ts'

/** What stands for a segment in one solution, by one flow. */
export interface SegmentExportView {
  readonly flow: string
  readonly enabled: boolean
  readonly solution: string
  readonly counterpart: CounterpartView
  readonly readiness: SolutionView['readiness']
}

/** Where a segment is found, by flow and solution: those that activate it, and those where something of it is left. */
export async function viewSegmentExports(
  { ports }: Sandbox,
  segment: string,
): Promise<readonly SegmentExportView[]> {
  const flows = await ports.dataflows.list()
  const views = await Promise.all(
    flows.flatMap((dataflow) =>
      dataflow.solutions.map(async (solution): Promise<SegmentExportView[]> => {
        const activation = dataflow.segments[segment]
        const isWanted = activation?.solutions.includes(solution) === true
        const [kept, description] = await Promise.all([
          ports.counterparts.get(solution, dataflow.id, segment),
          ports.records.description(solution),
        ])
        const counterpart = counterpartView(kept, { name: activation?.name ?? '', isWanted })
        if (counterpart.state === 'none') return []
        const { id: flow, enabled } = dataflow
        return [{ flow, enabled, solution, counterpart, readiness: readinessView(description) }]
      }),
    ),
  )
  return views.flat()
}
