import type { Traces, WindowPointer, Windows } from '@segue/runtime'
import type { Aggregation } from '@segue/solution-kit'
import type { DeliveryJob } from '../queue/jobs.ts'
import type { JobQueue, NewJob } from '../queue/job-queue.ts'

export type ConfigurableAggregation = Extract<
  Aggregation,
  { readonly aggregationType: 'CONFIGURABLE_AGGREGATION' }
>

/**
 * Gathers pointers in the solution's open window, and sees to it that a job flushes it: when the window's time is over, or at
 * once when it is full. The job is added each time, since whoever opened the window may have died before adding it; its id
 * makes that harmless.
 */
export async function addToWindow(
  { windows, traces }: { readonly windows: Windows; readonly traces?: Traces },
  queue: JobQueue<DeliveryJob>,
  aggregation: ConfigurableAggregation,
  solution: string,
  dataflow: string,
  pointers: readonly WindowPointer[],
): Promise<void> {
  const trace = traces?.current()
  const gathered = trace === undefined ? pointers : pointers.map((one) => ({ ...one, trace }))
  const window = await windows.gather(solution, dataflow, gathered)
  const job: NewJob<DeliveryJob> = {
    id: `window-${dataflow}-${window.id}`,
    name: `window of ${solution}`,
    payload: { kind: 'window', dataflow, window: window.id, attempt: 0 },
    delayMs: aggregation.maxBatchAgeInSecs * 1_000,
  }
  await queue.add(
    window.rows >= aggregation.maxNumEventsInBatch
      ? [job, { ...job, id: `${job.id}-full`, delayMs: 0 }]
      : [job],
  )
}
