import { createRandom } from '../random/random.ts'
import type { Bucket, StoredObject } from '../s3/bucket.ts'
import { S3Refused } from '../s3/errors.ts'
import { createInboundJob, type InboundJob } from './inbound-job.ts'
import { parseInboundName } from './inbound-name.ts'
import type { InboundReceipt } from './inbound-receipt.ts'
import type { Partner } from './partner.ts'

/** The processing of uploaded files. */
export interface Inbound {
  /** Takes note of an upload; another one to the same key replaces what was there, as in any bucket. */
  readonly uploaded: (object: StoredObject) => void
  readonly isPending: (key: string) => boolean
  /** Files that wait or are being processed. */
  readonly pendingFiles: () => number
  /** Processes all that waits, whether due or not. */
  readonly processNow: () => Promise<void>
  /** The last receipts, newest last. */
  readonly receipts: () => readonly InboundReceipt[]
  readonly snapshot: () => InboundState
  readonly restore: (state: InboundState) => void
}

export interface InboundState {
  readonly pending: readonly { readonly key: string; readonly dueMs: number }[]
  readonly receipts: readonly InboundReceipt[]
}

const receiptsKept = 1000

/**
 * Files wait for their lag; those that are due together are taken in random order, up to three at once, so that their rows
 * mix (reference §1.3). That is not a fault: an uploader must survive it.
 */
export function createInbound(partner: Partner, bucket: Bucket, seed: number): Inbound {
  const { settings, clock } = partner
  const random = createRandom(seed)
  const waiting = new Map<string, number>()
  const running = new Map<string, number>()
  const receipts: InboundReceipt[] = []
  let drained: Promise<void> = Promise.resolve()

  const putReceipt = (key: string, receipt: InboundReceipt): void => {
    const slash = key.lastIndexOf('/')
    try {
      bucket.put({
        key: `${key.slice(0, slash)}/receipts/${key.slice(slash + 1)}.json`,
        content: Buffer.from(JSON.stringify(receipt)),
        acl: 'private',
        contentType: 'application/json',
        modifiedMs: clock.nowMs(),
      })
    } catch (error) {
      // A bucket full of waiting files has no room for receipts; the report has them all the same.
      if (!(error instanceof S3Refused)) throw error
    }
  }

  const finish = (key: string, { receipt }: InboundJob): void => {
    receipts.push(receipt)
    if (receipts.length > receiptsKept) receipts.splice(0, receipts.length - receiptsKept)
    // Without the ACL Adobe cannot even read the file, so there is no receipt for it either.
    if (receipt.problem !== 'ACL_NOT_BUCKET_OWNER_FULL_CONTROL') putReceipt(key, receipt)
    partner.touch()
  }

  const drain = async (keys: readonly string[]): Promise<void> => {
    const queue = random.shuffle(keys)
    for (const key of queue) {
      running.set(key, (running.get(key) ?? 0) + 1)
      waiting.delete(key)
    }
    const open: { key: string; job: InboundJob }[] = []
    const openNext = (): void => {
      const key = queue.shift()
      const object = key === undefined ? undefined : bucket.get(key)
      if (key !== undefined && object !== undefined) {
        open.push({ key, job: createInboundJob(partner, object, random) })
      } else if (key !== undefined) release(key)
    }
    while (queue.length > 0 || open.length > 0) {
      while (open.length < Math.max(1, settings.filesAtOnce) && queue.length > 0) openNext()
      const index = random.below(open.length)
      const turn = open[index]
      if (turn === undefined) continue
      if (await turn.job.step()) continue
      open.splice(index, 1)
      finish(turn.key, turn.job)
      release(turn.key)
    }
  }

  const release = (key: string): void => {
    const left = (running.get(key) ?? 1) - 1
    if (left === 0) running.delete(key)
    else running.set(key, left)
  }

  /** One drain after the other; what comes meanwhile waits for the next. */
  const start = (isDue: (dueMs: number) => boolean): Promise<void> => {
    drained = drained.then(() => {
      const keys = [...waiting].filter(([, dueMs]) => isDue(dueMs)).map(([key]) => key)
      return keys.length === 0 ? undefined : drain(keys)
    })
    return drained
  }

  const waitFor = (key: string, dueMs: number): void => {
    waiting.set(key, dueMs)
    clock.at(dueMs, () => {
      void start((due) => due <= clock.nowMs())
    })
  }

  return {
    uploaded: ({ key }) => {
      if (parseInboundName(key, settings.partner) === 'elsewhere') return
      const lagMs = Math.ceil(settings.fileLagMs * (0.5 + random.next() / 2))
      waitFor(key, clock.nowMs() + lagMs)
      partner.touch()
    },
    isPending: (key) => waiting.has(key) || running.has(key),
    pendingFiles: () => new Set([...waiting.keys(), ...running.keys()]).size,
    processNow: () => start(() => true),
    receipts: () => receipts,
    snapshot: () => ({
      // What is being processed is processed again after a restart: setting and unsetting are idempotent.
      pending: [...new Set([...waiting.keys(), ...running.keys()])].map((key) => ({
        key,
        dueMs: waiting.get(key) ?? 0,
      })),
      receipts,
    }),
    restore: (state) => {
      receipts.push(...state.receipts)
      for (const { key, dueMs } of state.pending) waitFor(key, dueMs)
    },
  }
}
