import { batches } from '@segue/solution-kit'
import type { Delivery } from '@segue/solution-kit'
import type { DeclaredId } from './identity-form.ts'

/** The content of one `.sync` file: all ids of one data source, one final state for each id and trait. */
export interface SyncFile {
  readonly dataSourceId: number
  readonly text: string
  /** Pairs whose removal is in the file, see `idAndTrait`. */
  readonly removals: ReadonlySet<string>
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

/** One data source's file while it is gathered: id → trait → state. */
interface Draft {
  readonly ids: Map<string, Map<string, Pair>>
  bytes: number
}

/** Longer lines are left out by Audience Manager; an id may have 200 lines in a file. */
export const maxLineBytes = 102_400

/** Names one id and one trait. */
export function idAndTrait(id: string, sid: string): string {
  return `${id}/${sid}`
}

/**
 * Gathers rows into one file for each data source (`reference/solutions.md` §1.3). Files are applied in any order and lines of a file in no promised
 * one, so each id and trait stands there once: the newest revision, `exited` on a tie. A row goes into all of its files or into none.
 * Lines an id: with at most 500,000 rows a call (bound of the settings) an id needs fewer than the 200 that are read.
 * @param maxFileBytes bound of each file before compression
 */
export function collate(rows: readonly DeclaredRow[], maxFileBytes: number): Collated {
  const drafts = new Map<number, Draft>()
  const overflow = new Set<DeclaredRow>()
  for (const declared of rows) {
    if (fits(declared, drafts, maxFileBytes)) add(declared, drafts)
    else overflow.add(declared)
  }
  return {
    files: [...drafts].map(([dataSourceId, draft]) => fileOf(dataSourceId, draft)),
    overflow,
  }
}

function fits(
  { row, ids }: DeclaredRow,
  drafts: ReadonlyMap<number, Draft>,
  maxFileBytes: number,
): boolean {
  const more = new Map<number, number>()
  for (const { dataSourceId, id } of ids) {
    const soFar = more.get(dataSourceId) ?? 0
    more.set(dataSourceId, soFar + bytesOf(id, row.remoteId))
  }
  for (const [dataSourceId, bytes] of more) {
    const taken = drafts.get(dataSourceId)?.bytes ?? 0
    // An empty file takes any one row, so that none waits for ever.
    if (taken > 0 && taken + bytes > maxFileBytes) return false
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

/** An upper bound: as if each pair had a line of its own. */
function bytesOf(id: string, sid: string): number {
  return id.length + sid.length + '\td_unsid=\n'.length
}

function fileOf(dataSourceId: number, draft: Draft): SyncFile {
  const lines: string[] = []
  const removals = new Set<string>()
  for (const [id, traits] of draft.ids) {
    const items: string[] = []
    for (const [sid, { status }] of traits) {
      items.push(status === 'realized' ? `d_sid=${sid}` : `d_unsid=${sid}`)
      if (status === 'exited') removals.add(idAndTrait(id, sid))
    }
    const maxBytes = maxLineBytes - id.length - '\t\n'.length
    const bounded = { maxCount: Infinity, maxBytes, bytesOf: (item: string) => item.length + 1 }
    for (const some of batches(items, bounded)) lines.push(`${id}\t${some.join(',')}\n`)
  }
  return { dataSourceId, text: lines.join(''), removals }
}

/** The removals in a file's text, see `idAndTrait`: for files that another process, or this one before a restart, has written. */
export function removalsIn(text: string): ReadonlySet<string> {
  const removals = new Set<string>()
  for (const line of text.split('\n')) {
    const [id = '', items = ''] = line.split('\t')
    for (const item of items.split(',')) {
      const [, sid] = /^d_unsid=(\d+)$/.exec(item) ?? []
      if (sid !== undefined) removals.add(idAndTrait(id, sid))
    }
  }
  return removals
}
