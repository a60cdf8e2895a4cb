import type { ProfileUpdate } from '@segue/model'
import { updateRecord } from '@segue/profile'
import type { LogRecord } from '@segue/profile'
import { packBatch } from '@segue/runtime'

/** A record batch under construction: updates of one partition, and the segments they name, each once. */
export interface RecordBatchDraft {
  readonly partition: number
  readonly records: () => number
  /** About how large it will be, in bytes. */
  readonly bytes: () => number
  readonly add: (update: ProfileUpdate) => void
  /** To be called once: what was added is let go, since the batch may wait long for its answer. */
  readonly pack: () => Buffer
}

export function draftRecordBatch(partition: number): RecordBatchDraft {
  const records: LogRecord[] = []
  const segments: string[] = []
  const indices = new Map<string, number>()
  let count = 0
  let bytes = 0
  const indexOf = (segment: string): number => {
    let index = indices.get(segment)
    if (index === undefined) {
      index = segments.length
      segments.push(segment)
      indices.set(segment, index)
      bytes += segment.length
    }
    return index
  }
  return {
    partition,
    records: () => count,
    bytes: () => bytes,
    add: (update) => {
      records.push(updateRecord(update, indexOf))
      count += 1
      bytes += recordBytes + update.memberships.length * membershipBytes
      for (const identity of update.identities) bytes += identity.length
    },
    pack: () => {
      const batch = packBatch({ segments, records })
      records.length = 0
      indices.clear()
      return batch
    },
  }
}

/** What a record takes beside identities and memberships, and what one membership takes: two times of nine bytes, and a little. */
const recordBytes = 24
const membershipBytes = 22
