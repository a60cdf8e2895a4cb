import type { BucketFile } from './bucket-file.ts'
import { isProcessed, wasProcessedBefore } from './bucket-file.ts'
import type { PairState } from './sync-lines.ts'

/** An id and a trait that stand in several files, not all with the same state. */
export interface ContestedPair {
  readonly id: string
  readonly sid: string
  /** What each file says of it, in the order of names; never empty. */
  readonly said: readonly { readonly file: BucketFile; readonly status: PairState['status'] }[]
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
