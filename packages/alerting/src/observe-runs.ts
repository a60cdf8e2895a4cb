import type { RunObservation } from '@segue/destinations'
import { bookField, runPeriods, type Dataflow, type Runs } from '@segue/runtime'
import { inTurn } from './in-turn.ts'

/** Hours that are always looked at, the present one included: what alerts judge by. */
const recentHours = 3
/** Older runs of which a partition may still have pending records, looked at newest first. */
const olderRunsMax = 48

type Count = 'received' | 'activated' | 'excluded' | 'failed' | 'pending'

/**
 * The runs of the last hours by dataflow and solution, and older ones as far as records of them are pending: that there are
 * such is told by the books, which count what is pending over all runs.
 *
 * @param sources.books of each partition, by number
 * @returns the runs, and how many lookups they took
 */
export async function observeRuns(
  runs: Runs,
  sources: {
    readonly nowMs: number
    readonly partitions: readonly number[]
    readonly dataflows: readonly Dataflow[]
    readonly books: readonly ReadonlyMap<string, number>[]
  },
): Promise<{ readonly runs: readonly RunObservation[]; readonly reads: number }> {
  const { nowMs, partitions, dataflows, books } = sources
  const nowHour = Math.floor(nowMs / runPeriods.lengthMs)
  const fromHour = nowHour - recentHours + 1
  const found = new Map<string, Omit<RunObservation, Count> & Record<Count, number>>()
  let reads = 0

  const note = async (
    partition: number,
    { id, solutions }: Dataflow,
    range: { readonly fromHour: number; readonly toHour: number; readonly limit: number },
  ): Promise<ReadonlyMap<string, number>> => {
    const pending = new Map<string, number>()
    const hours = await runs.hours(partition, id, range)
    const parts = await runs.parts(partition, id, hours)
    reads += 1 + hours.length
    for (const [index, part] of parts.entries()) {
      const startedMs = (hours[index] ?? 0) * runPeriods.lengthMs
      for (const [field, number] of part?.numbers ?? []) {
        const [solution = '', outcome = ''] = field.split('|')
        const [kind = ''] = outcome.split(':')
        if (!isCount(kind) || !solutions.includes(solution)) continue
        const key = `${id}|${solution}|${startedMs}`
        const run = found.get(key) ?? { flowId: id, solution, startedMs, ...nothing }
        run[kind] += number
        found.set(key, run)
        if (kind === 'pending') pending.set(solution, (pending.get(solution) ?? 0) + number)
      }
    }
    return pending
  }

  const pairs = partitions.flatMap((partition) =>
    dataflows.map((dataflow) => ({ partition, dataflow })),
  )
  await inTurn(pairs, async ({ partition, dataflow }) => {
    const range = { fromHour, toHour: nowHour + 1, limit: recentHours + 1 }
    const recent = await note(partition, dataflow, range)
    const hasOlder = dataflow.solutions.some((solution) => {
      const all = books[partition]?.get(bookField(dataflow.id, solution, 'pending')) ?? 0
      return all > (recent.get(solution) ?? 0)
    })
    if (!hasOlder) return
    const older = { fromHour: 0, toHour: fromHour - 1, limit: olderRunsMax }
    await note(partition, dataflow, older)
  })
  return { runs: [...found.values()], reads }
}

const nothing: Readonly<Record<Count, number>> = {
  received: 0,
  activated: 0,
  excluded: 0,
  failed: 0,
  pending: 0,
}

function isCount(kind: string): kind is Count {
  return Object.hasOwn(nothing, kind)
}
