import { LRUCache } from 'lru-cache'
import type { Receipt } from '@segue/solution-kit'

/**
 * Lines that the stream took, of rows whose other lines it did not: when the engine repeats such a row, only what failed goes again
 * (`reference/solutions.md` §3.3). Without this memory a row of many identities would need a moment in which all of its lines get in at once.
 * Lines of rows that are done are not kept: whoever sends a row again means it. What is forgotten, or known to another process, is sent twice, which changes nothing.
 */
export type TakenLines = LRUCache<string, Receipt>

const maxLines = 50_000
/** Longer than the engine's waits between the first repeats; the stream answered for the line, so its age does not matter. */
const keepMs = 15 * 60_000

export function takenLines(): TakenLines {
  return new LRUCache({ max: maxLines, ttl: keepMs })
}
