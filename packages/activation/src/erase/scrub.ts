import {
  recordsPerBatchLimit,
  scrubChunk,
  type Erasures,
  type Outbox,
  type Revision,
} from '@segue/runtime'

/** Chunks of a bucket read at once. */
const chunksPerRead = 64

/** The revision that whatever came through the log before an entry is older than. */
export function revisionOf(entryId: string): Revision {
  const [ms, sequence] = entryId.split('-')
  return { revisionMs: Number(ms), revisionSequence: Number(sequence) * recordsPerBatchLimit }
}

/**
 * Takes an erased profile's key out of the rows that wait in a partition's outbox. The rows stay, and are excluded when their
 * turn comes, so that every book balances.
 *
 * @param before rows from then on are those of a profile that was begun anew
 * @returns how many rows were changed
 */
export async function scrubOutbox(
  ports: { readonly outbox: Outbox; readonly erasures: Pick<Erasures, 'replaceChunk'> },
  partition: number,
  profileKey: string,
  before: Revision,
): Promise<number> {
  let scrubbed = 0
  for (const { bucket } of await ports.outbox.buckets(partition)) {
    for (let from = 0; ; from += chunksPerRead) {
      const to = from + chunksPerRead - 1
      const chunks = await ports.outbox.chunks(partition, bucket, from, to)
      for (const [index, chunk] of chunks.entries()) {
        const anew = scrubChunk(chunk, profileKey, before)
        if (anew === undefined) continue
        const position = from + index
        // Where it is another one by now, another job of this request has done it, or the bucket is settled.
        if (await ports.erasures.replaceChunk(partition, bucket, position, chunk, anew.chunk)) {
          scrubbed += anew.rows
        }
      }
      if (chunks.length < chunksPerRead) break
    }
  }
  return scrubbed
}
