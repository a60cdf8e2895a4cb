import { LRUCache } from 'lru-cache'
import { lineDigest } from './hit-file.ts'
import type { HitFile, HitLine } from './hit-file.ts'

/** A file of which nobody knows whether Analytics has it. */
export interface Doubt {
  readonly key: string
  readonly oldestSecs: number
  /** Whether this very row was in it. */
  readonly has: (row: HitLine) => boolean
}

/** What this process remembers of the visitor groups, so that their files stay in order and none is sent twice. */
export interface GroupMemory {
  /** The group's file in doubt: no other goes out before it is known what became of it. */
  readonly doubtOf: (group: string) => Doubt | undefined
  readonly setDoubt: (group: string, file: HitFile) => void
  readonly clearDoubt: (group: string) => void
  /**
   * True until a file of the group was looked up or sent: a process that died before this one may have sent the very same file, with the very
   * same key.
   */
  readonly isFresh: (group: string) => boolean
  readonly notFresh: (group: string) => void
  /** When a file of the group last went out, epoch milliseconds. */
  readonly lastSentMs: (group: string) => number | undefined
  readonly sentNow: (group: string) => void
  /** When Analytics received the file of a key, unix seconds, where this process knows. */
  readonly receivedSecs: (key: string) => number | undefined
  readonly received: (key: string, secs: number) => void
  readonly forget: (key: string) => void
}

const keysKept = 10_000

/** One entry a visitor group (100 at most); a doubt holds 16 characters a row of one file. */
export function groupMemory(nowMs: () => number): GroupMemory {
  const doubts = new Map<string, Doubt>()
  const known = new Set<string>()
  const lastSent = new Map<string, number>()
  const keys = new LRUCache<string, number>({ max: keysKept })

  function setDoubt(group: string, file: HitFile): void {
    const digests = new Set(file.rows.map(lineDigest))
    doubts.set(group, {
      key: file.key,
      oldestSecs: oldestSecs(file),
      has: (row) => digests.has(lineDigest(row)),
    })
  }

  return {
    doubtOf: (group) => doubts.get(group),
    setDoubt,
    clearDoubt: (group) => void doubts.delete(group),
    isFresh: (group) => !known.has(group),
    notFresh: (group) => void known.add(group),
    lastSentMs: (group) => lastSent.get(group),
    sentNow: (group) => void lastSent.set(group, nowMs()),
    receivedSecs: (key) => keys.get(key),
    received: (key, secs) => void keys.set(key, secs),
    forget: (key) => void keys.delete(key),
  }
}

/** The time of a file's first row, unix seconds: rows are sorted. */
export function oldestSecs({ rows }: HitFile): number {
  return Math.floor((rows[0]?.hit.revisionMs ?? 0) / 1000)
}
