import type { Sandbox } from '../sandbox.ts'

/** Which dead letters to show. */
export interface DeadLettersWanted {
  readonly dataflow: string | undefined
  readonly solution: string | undefined
  readonly limit: number
}

/** Dead letters of a sandbox, partition by partition, at most `limit` of them. */
export async function viewDeadLetters(
  { ports }: Sandbox,
  partitionCount: number,
  { dataflow, solution, limit }: DeadLettersWanted,
): Promise<readonly object[]> {
  const flows = await ports.dataflows.list()
  const pairs = flows
    .filter(({ id }) => dataflow === undefined || id === dataflow)
    .flatMap(({ id, solutions }) =>
      solutions
        .filter((name) => solution === undefined || name === solution)
        .map((name) => ({ dataflow: id, solution: name })),
    )
  const shown: object[] = []
  for (let partition = 0; partition < partitionCount && shown.length < limit; partition++) {
    const lists = await Promise.all(
      pairs.map(async (pair) => ({
        ...pair,
        letters: await ports.ledger.deadLetters(partition, pair.dataflow, pair.solution, limit),
      })),
    )
    if (lists.every(({ letters }) => letters.length === 0)) continue
    const { segments } = await ports.store.open(partition)
    for (const { letters, ...pair } of lists) {
      for (const { profileKey, segment, code, detail, atMs, attempts } of letters) {
        shown.push({
          ...pair,
          partition,
          profileKey,
          segment: segments[segment] ?? `unknown:${segment}`,
          code,
          detail,
          at: new Date(atMs).toISOString(),
          attempts,
        })
      }
    }
  }
  return shown.slice(0, limit)
}
