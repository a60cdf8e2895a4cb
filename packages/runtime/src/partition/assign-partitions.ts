import { hash } from 'node:crypto'

/**
 * Names the worker that should own each partition: by rendezvous hashing, where no worker gets more than its even share. So
 * whoever knows the same workers comes to the same answer without asking anybody, and one worker more or less moves few partitions.
 *
 * @param workers their names, in any order
 * @returns by partition; undefined where there is no worker
 */
export function assignPartitions(
  workers: readonly string[],
  partitionCount: number,
): readonly (string | undefined)[] {
  const assigned = Array.from<string | undefined>({ length: partitionCount })
  const names = [...new Set(workers)]
  if (names.length === 0) return assigned
  const mostEach = Math.ceil(partitionCount / names.length)
  const counts = new Map<string, number>()
  const bids = assigned
    .flatMap((_, partition) =>
      names.map((name) => ({ partition, name, score: scoreOf(name, partition) })),
    )
    .toSorted((one, other) => compare(one.score, other.score))
  for (const { partition, name } of bids) {
    const count = counts.get(name) ?? 0
    if (assigned[partition] !== undefined || count >= mostEach) continue
    assigned[partition] = name
    counts.set(name, count + 1)
  }
  return assigned
}

/** The same everywhere, and spread evenly even over names that differ in a digit. */
function scoreOf(name: string, partition: number): string {
  return hash('sha1', `${partition} ${name}`)
}

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}
