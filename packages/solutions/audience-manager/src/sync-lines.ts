import type { Delivery } from '@segue/solution-kit'

/** One id's state of one trait, as a line of a file has it. */
export interface PairState {
  readonly id: string
  readonly sid: string
  readonly status: Delivery['status']
}

const tab = 0x09
const lineFeed = 0x0a

/**
 * Reads a file's text: `<id><TAB>d_sid=24,d_unsid=28`, with both synonyms of a removal (`28:0`, `28:-1`; `reference/solutions.md` §1.3). What is none
 * of these is left out: people may upload files with signals too.
 */
export function* pairsIn(text: Uint8Array): Generator<PairState> {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  let lineStart = 0
  while (lineStart < bytes.length) {
    const lineFeedAt = bytes.indexOf(lineFeed, lineStart)
    const lineEnd = lineFeedAt === -1 ? bytes.length : lineFeedAt
    const tabAt = bytes.indexOf(tab, lineStart)
    if (tabAt !== -1 && tabAt < lineEnd) {
      const id = bytes.toString('utf8', lineStart, tabAt)
      for (const item of bytes.toString('latin1', tabAt + 1, lineEnd).split(',')) {
        const state = itemOf(item)
        if (state !== undefined) yield { id, sid: state.sid, status: state.status }
      }
    }
    lineStart = lineEnd + 1
  }
}

function itemOf(item: string): Omit<PairState, 'id'> | undefined {
  const [, added, removed, zeroed] =
    /^(?:d_sid=(\d+)|d_unsid=(\d+)|(\d+):(?:0|-1))$/.exec(item) ?? []
  if (added !== undefined) return { sid: added, status: 'realized' }
  const sid = removed ?? zeroed
  return sid === undefined ? undefined : { sid, status: 'exited' }
}
