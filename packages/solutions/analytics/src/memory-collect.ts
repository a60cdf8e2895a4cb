import { gunzipSync } from 'node:zlib'
import { refusal, retryRow } from '@segue/solution-kit'
import type { CollectClient, Upload, UploadOutcome } from './collect-client.ts'

/** A file as the far end got it. */
export interface ReceivedFile extends Upload {
  readonly text: string
}

/** How the far end meets the next upload: what it answers, and whether it takes the file all the same. */
export type NextUpload =
  | { readonly ingests: boolean; readonly answer: UploadOutcome }
  | 'lost-answer'
  | 'never-arrived'

/** Bulk Data Insertion in memory, for tests: files by key, and answers on order. */
export interface MemoryCollect extends CollectClient {
  readonly files: ReceivedFile[]
  /** `upload <rows>`, `validate`, `lookUp`, in order. */
  readonly calls: string[]
  readonly next: NextUpload[]
  /** The next look-ups get no answer. */
  lookUpsFail: boolean
  /** Uploads under way at once, by group: the most there ever were. */
  readonly mostAtOnce: Map<string, number>
}

const noAnswer: UploadOutcome = {
  kind: 'refused',
  refusal: refusal('TIMED_OUT', retryRow(1_000, true)),
}

export function memoryCollect(nowMs: () => number): MemoryCollect {
  const underWay = new Map<string, number>()
  const far: MemoryCollect = {
    files: [],
    calls: [],
    next: [],
    lookUpsFail: false,
    mostAtOnce: new Map(),
    upload: async (file) => {
      const { group } = file
      const now = (underWay.get(group) ?? 0) + 1
      underWay.set(group, now)
      far.mostAtOnce.set(group, Math.max(now, far.mostAtOnce.get(group) ?? 0))
      await Promise.resolve()
      underWay.set(group, now - 1)
      far.calls.push(`upload ${file.rows}`)
      const how = far.next.shift() ?? { ingests: true, answer: taken(nowMs) }
      const arrives = how === 'lost-answer' || (how !== 'never-arrived' && how.ingests)
      if (arrives) far.files.push({ ...file, text: gunzipSync(file.gzip).toString() })
      return typeof how === 'string' ? noAnswer : how.answer
    },
    validate: () => {
      far.calls.push('validate')
      return Promise.resolve(undefined)
    },
    lookUp: (key) => {
      far.calls.push('lookUp')
      if (far.lookUpsFail) {
        return Promise.resolve({
          kind: 'refused',
          refusal: refusal('TIMED_OUT', retryRow(1_000, true)),
        })
      }
      const found = far.files.some((file) => file.key === key)
      return Promise.resolve(
        found ? { kind: 'found', receivedSecs: Math.floor(nowMs() / 1000) } : { kind: 'not-found' },
      )
    },
  }
  return far
}

function taken(nowMs: () => number): UploadOutcome {
  return {
    kind: 'ingested',
    fileId: 'file',
    receivedSecs: Math.floor(nowMs() / 1000),
    invalid: new Set(),
    unnamed: 0,
    rows: undefined,
  }
}
