import { crc32 } from 'node:zlib'
import type { Time } from './time/time.ts'

/** What happened, for a person to read, and as a number that is the same where the course was the same. */
export interface History {
  /** Something worth telling. */
  readonly tell: (what: string) => void
  /** Everything else: in the hash, and in the story where all of it is asked for. */
  readonly note: (what: string) => void
  /** Lines, the newest last. */
  readonly story: (last: number) => readonly string[]
  readonly hash: () => string
}

/** Lines kept. */
const linesMax = 5_000

/** @param verbose tells all of it at once, as it happens */
export function createHistory(
  time: Time,
  startMs: number,
  verbose: ((line: string) => void) | undefined,
): History {
  let lines: string[] = []
  let hash = 0
  const line = (what: string): string => {
    const seconds = ((time.now() - startMs) / 1_000).toFixed(4).padStart(9)
    const text = `${seconds} ${what}`
    hash = crc32(text, hash)
    verbose?.(text)
    return text
  }
  return {
    tell: (what) => {
      lines.push(line(what))
      if (lines.length > 2 * linesMax) lines = lines.slice(-linesMax)
    },
    note: (what) => {
      line(what)
    },
    story: (last) => lines.slice(-last),
    hash: () => hash.toString(16).padStart(8, '0'),
  }
}
