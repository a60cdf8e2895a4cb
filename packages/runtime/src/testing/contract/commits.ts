import { logStart } from '../../ports/event-log.ts'
import type { Bucket, Commit, CommitOutcome, PartitionStore } from '../../ports/partition-store.ts'
import type { Ports } from '../../ports/ports.ts'

/** A commit of nothing but its offset, with what `parts` says. */
export function commitOf(parts: Partial<Commit> & { readonly owner: string }): Commit {
  return {
    expectedOffset: logStart,
    offset: '1-0',
    dataflowsVersion: 0,
    profiles: [],
    timers: [],
    newSegments: [],
    firstSegment: 0,
    outbox: [],
    counters: new Map(),
    books: new Map(),
    ...parts,
  }
}

/** Makes the worker of these ports the partition's owner. @returns its nonce */
export async function own(ports: Ports, partition: number): Promise<string> {
  await ports.ownership.renew()
  const nonce = await ports.ownership.take(partition)
  if (nonce === undefined) throw new Error(`partition ${partition} is another worker's`)
  return nonce
}

/** Commits one slice after another for an owner, each at the offset where the one before left off. */
export function committer(
  store: PartitionStore,
  partition: number,
  owner: string,
): (parts: Partial<Commit>) => Promise<Extract<CommitOutcome, { status: 'committed' }>> {
  let commits = 0
  return async (parts) => {
    const outcome = await store.commit(
      partition,
      commitOf({ owner, expectedOffset: `${commits}-0`, offset: `${commits + 1}-0`, ...parts }),
    )
    if (outcome.status !== 'committed') throw new Error(`the commit was ${outcome.status}`)
    commits += 1
    return outcome
  }
}

/** Commits rows into one bucket, a chunk each. @returns the bucket that was opened for them */
export async function fillBucket(
  ports: Ports,
  partition: number,
  chunks: readonly { readonly text: string; readonly rows: number }[],
  place: { readonly dataflow: string; readonly dueMs: number } = { dataflow: 'flow', dueMs: 1_000 },
): Promise<Bucket> {
  const owner = await own(ports, partition)
  const { offset } = await ports.store.open(partition)
  const outcome = await ports.store.commit(
    partition,
    commitOf({
      owner,
      expectedOffset: offset,
      offset: `${Number(offset.split('-')[0]) + 1}-0`,
      outbox: chunks.map(({ text, rows }) => ({ ...place, chunk: Buffer.from(text), rows })),
      counters: new Map([['outboxRows', chunks.reduce((sum, { rows }) => sum + rows, 0)]]),
    }),
  )
  const bucket = outcome.status === 'committed' ? outcome.opened[0] : undefined
  if (bucket === undefined) throw new Error('no bucket was opened')
  return bucket
}
