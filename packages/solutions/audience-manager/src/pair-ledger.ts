import type { BucketFile } from './bucket-file.ts'
import type { ContestedPair } from './contested-pair.ts'
import type { FileContents } from './file-contents.ts'
import { opposedHashes, pairHash, stateIn } from './pair-index.ts'
import type { PairIndex } from './pair-index.ts'
import type { PairState } from './sync-lines.ts'

/**
 * Keeps, of one data source, the pairs of which files that could be open together say different things. Each file is read once, when it is first seen;
 * only pairs that were ever contested are kept by name.
 */
export interface PairLedger {
  /**
   * Takes in what a look found. Files that are not shown any more are remembered.
   * @returns false where a file cannot be read; the others are taken in all the same
   */
  readonly update: (files: readonly BucketFile[], nowMs: number) => Promise<boolean>
  readonly contested: () => readonly ContestedPair[]
}

interface Kept {
  readonly id: string
  readonly sid: string
  /** By the file's key. */
  readonly said: Map<string, PairState['status']>
}

/** @param processedAfterMs files further apart than this are never open together */
export function pairLedger(contents: FileContents, processedAfterMs: number): PairLedger {
  const files = new Map<string, BucketFile>()
  const pairs = new Map<string, Kept>()
  const hashes = new Set<number>()
  let updatedMs = Number.NEGATIVE_INFINITY

  async function update(found: readonly BucketFile[], nowMs: number): Promise<boolean> {
    let readable = true
    // Another process may have written meanwhile what no look shows any more: what is known here may be old.
    if (nowMs - updatedMs >= processedAfterMs) {
      files.clear()
      pairs.clear()
      hashes.clear()
    }
    updatedMs = nowMs
    for (const file of found) {
      // Of a file that was refused as a whole nothing was applied.
      if (file.problem !== undefined) forget(file.key)
      else if (files.has(file.key)) files.set(file.key, file)
      else readable = (await takeIn(file)) && readable
    }
    // Long enough that whoever follows a file still finds what its order undid.
    for (const file of files.values()) {
      if (nowMs >= file.untilMs + 3 * processedAfterMs) forget(file.key)
    }
    return readable
  }

  async function takeIn(file: BucketFile): Promise<boolean> {
    const own = await contents.index(file.key)
    if (own === undefined) return false
    const others: (readonly [key: string, index: PairIndex])[] = []
    const wanted = new Set<number>()
    for (const other of files.values()) {
      if (Math.abs(other.untilMs - file.untilMs) >= processedAfterMs) continue
      const index = await contents.index(other.key)
      if (index === undefined) return false
      others.push([other.key, index])
      for (const hash of opposedHashes(own, index)) wanted.add(hash)
    }
    for (const hash of hashes) if (stateIn(own, hash) !== undefined) wanted.add(hash)
    const said = wanted.size === 0 ? [] : await contents.pairs(file.key, wanted)
    if (said === undefined) return false
    files.set(file.key, file)
    for (const { id, sid, status } of said) {
      const pair = pairs.get(`${id}/${sid}`) ?? begin(id, sid, others)
      pair.said.set(file.key, status)
    }
    return true
  }

  /**
   * A pair that was not contested so far. What other files say of it is told by their indexes: another pair of the same hash could only look like
   * one more file that says otherwise, which costs a repeat.
   */
  function begin(
    id: string,
    sid: string,
    others: readonly (readonly [key: string, index: PairIndex])[],
  ): Kept {
    const pair: Kept = { id, sid, said: new Map() }
    const hash = pairHash(id, sid)
    for (const [key, index] of others) {
      const status = stateIn(index, hash)
      if (status !== undefined) pair.said.set(key, status)
    }
    pairs.set(`${id}/${sid}`, pair)
    hashes.add(hash)
    return pair
  }

  function forget(key: string): void {
    if (!files.delete(key)) return
    for (const [name, { id, sid, said }] of pairs) {
      if (!said.delete(key) || said.size > 0) continue
      pairs.delete(name)
      hashes.delete(pairHash(id, sid))
    }
  }

  function contested(): readonly ContestedPair[] {
    const found: ContestedPair[] = []
    for (const { id, sid, said } of pairs.values()) {
      if (new Set(said.values()).size < 2) continue
      const inOrder = [...said].flatMap(([key, status]) => {
        const file = files.get(key)
        return file === undefined ? [] : [{ file, status }]
      })
      inOrder.sort((one, other) => byName(one.file, other.file))
      found.push({ id, sid, said: inOrder })
    }
    return found
  }

  return { update, contested }
}

function byName(one: BucketFile, other: BucketFile): number {
  return one.unixSeconds - other.unixSeconds || (one.key < other.key ? -1 : 1)
}
