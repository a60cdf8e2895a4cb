import type { Dataflow, Dataflows, KnownDataflows } from '@segue/runtime'

/** The sandbox's dataflows as a worker knows them: read when they change, and when somebody notices that they did. */
export interface FollowedDataflows {
  readonly known: () => KnownDataflows
  readonly dataflow: (id: string) => Dataflow | undefined
  /** Reads them anew. What is known never becomes older, but where the store itself did. */
  readonly refresh: () => Promise<void>
}

/** @param changed is told when another version is known */
export async function followDataflows(
  dataflows: Dataflows,
  changed: () => void,
): Promise<FollowedDataflows> {
  const read = async (): Promise<KnownDataflows> => {
    // In this order: dataflows may be newer than their version says, and never older.
    const version = await dataflows.version()
    return { version, dataflows: await dataflows.list() }
  }
  let known = await read()
  let reads = 0
  let newest = 0
  return {
    known: () => known,
    dataflow: (id) => known.dataflows.find((one) => one.id === id),
    refresh: async () => {
      reads += 1
      const number = reads
      const found = await read()
      // Two reads may end in another order than they began. Not by version: a store that lost its tail has an older one.
      if (number < newest) return
      newest = number
      known = found
      changed()
    },
  }
}
