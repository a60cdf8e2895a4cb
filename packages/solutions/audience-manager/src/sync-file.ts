import { batches } from '@segue/solution-kit'
import type { Delivery } from '@segue/solution-kit'
import type { DeclaredId } from './identity-form.ts'
import type { PairState } from './sync-lines.ts'

/** What goes into one `.sync` file: ids of one data source, one final state for each id and trait. */
export interface SyncFile {
  readonly dataSourceId: number
  /** id → trait → state. */
  readonly ids: ReadonlyMap<string, ReadonlyMap<string, Pair>>
}

/** A row with the ids that Audience Manager can take of it. */
export interface DeclaredRow {
  readonly row: Delivery
  readonly ids: readonly DeclaredId[]
}

/** The files for rows, and which of the rows found no room in them. */
export interface Collated {
  readonly files: readonly SyncFile[]
  readonly overflow: ReadonlySet<DeclaredRow>
}

interface Pair {
  readonly status: Delivery['status']
  readonly revisionMs: number
}

/** One data source's file while it is gathered. */
interface Draft {
  readonly ids: Map<string, Map<string, Pair>>
  bytes: number
}

/** Longer lines are left out by Audience Manager; an id may have 200 lines in a file. */
export const maxLineBytes = 102_400

/**
 * Gathers rows into one file for each data source (`reference/solutions.md` §1.3). Files are applied in any order and lines of a file in no promised
 * one, so each id and trait stands there once: the newest revision, `exited` on a tie. A row goes into all of its files or into none.
 * Lines an id: with at most 500,000 rows a call (bound of the settings) an id needs fewer than the 200 that are read.
 * @param maxFileBytes bound of each file before compression
 * @param repeatBytes what is taken of it by repeats, by data source
 */
export function collate(
  rows: readonly DeclaredRow[],
  maxFileBytes: number,
  repeatBytes: ReadonlyMap<number, number> = new Map(),
): Collated {
  const drafts = new Map<number, Draft>()
  const overflow = new Set<DeclaredRow>()
  for (const declared of rows) {
    if (fits(declared, drafts, maxFileBytes, repeatBytes)) add(declared, drafts)
    else overflow.add(declared)
  }
  return {
    files: [...drafts].map(([dataSourceId, { ids }]) => ({ dataSourceId, ids })),
    overflow,
  }
}

function fits(
  { row, ids }: DeclaredRow,
  drafts: ReadonlyMap<number, Draft>,
  maxFileBytes: number,
  repeatBytes: ReadonlyMap<number, number>,
): boolean {
  const more = new Map<number, number>()
  for (const { dataSourceId, id } of ids) {
    const soFar = more.get(dataSourceId) ?? 0
    more.set(dataSourceId, soFar + bytesOf(id, row.remoteId))
  }
  for (const [dataSourceId, bytes] of more) {
    const taken = drafts.get(dataSourceId)?.bytes ?? 0
    const repeats = repeatBytes.get(dataSourceId) ?? 0
    // An empty file takes any one row, so that none waits for ever.
    if (taken > 0 && taken + repeats + bytes > maxFileBytes) return false
  }
  return true
}

function add({ row, ids }: DeclaredRow, drafts: Map<number, Draft>): void {
  for (const { dataSourceId, id } of ids) {
    const draft = drafts.get(dataSourceId) ?? {
      ids: new Map<string, Map<string, Pair>>(),
      bytes: 0,
    }
    drafts.set(dataSourceId, draft)
    const traits = draft.ids.get(id) ?? new Map<string, Pair>()
    draft.ids.set(id, traits)
    const other = traits.get(row.remoteId)
    if (other === undefined) draft.bytes += bytesOf(id, row.remoteId)
    if (other === undefined || supersedes(row, other)) traits.set(row.remoteId, row)
  }
}

function supersedes(pair: Pair, other: Pair): boolean {
  if (pair.revisionMs !== other.revisionMs) return pair.revisionMs > other.revisionMs
  return pair.status === 'exited'
}

/** An upper bound of what a pair takes in a file: as if it had a line of its own. */
export function bytesOf(id: string, sid: string): number {
  return id.length + sid.length + '\td_unsid=\n'.length
}

/** The file's text: one line an id where that fits, with the repeats of pairs that are not in the file anyway. */
export function syncText(
  ids: ReadonlyMap<string, ReadonlyMap<string, { readonly status: Delivery['status'] }>>,
  repeats: readonly PairState[],
): string {
  const items = new Map<string, string[]>()
  const put = (id: string, sid: string, status: Delivery['status']): void => {
    const item = status === 'realized' ? `d_sid=${sid}` : `d_unsid=${sid}`
    const others = items.get(id)
    if (others === undefined) items.set(id, [item])
    else others.push(item)
  }
  for (const [id, traits] of ids) {
    for (const [sid, { status }] of traits) put(id, sid, status)
  }
  for (const { id, sid, status } of repeats) {
    if (ids.get(id)?.has(sid) !== true) put(id, sid, status)
  }
  const lines: string[] = []
  for (const [id, some] of items) {
    const maxBytes = maxLineBytes - id.length - '\t\n'.length
    const bounded = { maxCount: Infinity, maxBytes, bytesOf: (item: string) => item.length + 1 }
    for (const part of batches(some, bounded)) lines.push(`${id}\t${part.join(',')}\n`)
  }
  return lines.join('')
}
