import type { BucketFile } from './bucket-file.ts'
import { isProcessed, wasProcessedBefore } from './bucket-file.ts'
import type { FileContents } from './file-contents.ts'
import { contestedHashes } from './pair-index.ts'
import type { PairIndex } from './pair-index.ts'
import type { PairState } from './sync-lines.ts'

/** An id and a trait that stand in several files, not all with the same state. */
export interface ContestedPair {
  readonly id: string
  readonly sid: string
  /** What each file says of it, in the order of names; never empty. */
  readonly said: readonly { readonly file: BucketFile; readonly status: PairState['status'] }[]
}

/**
 * Finds the pairs whose files contradict each other.
 * @param files of one data source in the order of names, without those of which nothing was applied
 * @returns undefined where one of the files cannot be read
 */
export async function contestedPairs(
  files: readonly BucketFile[],
  contents: FileContents,
): Promise<readonly ContestedPair[] | undefined> {
  const indexes: PairIndex[] = []
  for (const { key } of files) {
    const index = await contents.index(key)
    if (index === undefined) return undefined
    indexes.push(index)
  }
  const hashes = contestedHashes(indexes)
  if (hashes.size === 0) return []
  const pairs = new Map<
    string,
    ContestedPair & { readonly said: ContestedPair['said'][number][] }
  >()
  for (const file of files) {
    const found = await contents.pairs(file.key, hashes)
    if (found === undefined) return undefined
    for (const { id, sid, status } of found) {
      const key = `${id}/${sid}`
      const pair = pairs.get(key) ?? { id, sid, said: [] }
      pair.said.push({ file, status })
      pairs.set(key, pair)
    }
  }
  // Pairs that only share a hash contradict nobody.
  return [...pairs.values()].filter(
    ({ said }) => new Set(said.map(({ status }) => status)).size > 1,
  )
}

/** The pair's newest state: what the last file by name says. */
export function newestOf({ said }: ContestedPair): PairState['status'] {
  return said.at(-1)?.status ?? 'exited'
}

/**
 * How far the newest state of a contested pair has come, given that files are applied in any order (`reference/solutions.md` §1.3):
 * `open`: a file that says otherwise may still be applied, after whatever was sent · `repair`: all of these are processed, and nothing was sent since
 * that would be applied after them for sure · `sent`: something was · `applied`: and is processed.
 */
export function progressOf(
  pair: ContestedPair,
  nowMs: number,
): 'open' | 'repair' | 'sent' | 'applied' {
  const newest = newestOf(pair)
  const otherwise = pair.said.flatMap(({ file, status }) => (status === newest ? [] : [file]))
  const last = pair.said.flatMap(({ file, status }) =>
    status === newest && otherwise.every((one) => wasProcessedBefore(one, file)) ? [file] : [],
  )
  if (last.some((file) => isProcessed(file, nowMs))) return 'applied'
  if (last.length > 0) return 'sent'
  return otherwise.every((file) => isProcessed(file, nowMs)) ? 'repair' : 'open'
}
