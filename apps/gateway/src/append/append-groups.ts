import { partitionOf } from '@segue/model'
import type { ProfileUpdate } from '@segue/model'
import type { Append, AppendOutcome, TraceParent } from '@segue/runtime'
import { draftRecordBatch } from './record-batch-draft.ts'
import type { RecordBatchDraft } from './record-batch-draft.ts'

/** What became of a submission: the worst of what became of its parts. An Error: not known. */
export type SubmissionOutcome = AppendOutcome | Error

/** The updates of one request on their way into the log. */
export interface Submission {
  readonly add: (update: ProfileUpdate) => void
  /** Nothing is added any more. Again is no error. @returns what became of all of it; never rejects */
  readonly finish: () => Promise<SubmissionOutcome>
}

/** Gathers the updates of requests that come at about the same time, and appends them in one round trip. */
export interface AppendGroups {
  /** @param trace the span that the request is part of, where it is followed; a batch carries that of one request */
  readonly open: (trace?: TraceParent) => Submission
}

export interface AppendGroupsOptions {
  readonly partitionCount: number
  readonly append: (appends: readonly Append[]) => Promise<readonly (AppendOutcome | Error)[]>
  /** Told of each group that was appended. */
  readonly appended: (group: { readonly records: number; readonly seconds: number }) => void
}

/** How long the first update of a group waits for company. */
const lingerMs = 1
/** A batch is stepped and committed as a whole, so that its size bounds that work, and what a full log refuses at once. */
export const batchRecordsMax = 512
export const batchBytesMax = 262_144
/** A group this large goes at once: more company would save nothing. */
export const groupRecordsMax = 8_192

/**
 * Updates keep their order: within a submission, and for a profile between a submission and one that is opened after its end.
 * One batch a partition and group, more only where a batch is full.
 */
export function createAppendGroups(options: AppendGroupsOptions): AppendGroups {
  let group = emptyGroup()
  let timer: NodeJS.Timeout | undefined

  const send = (): void => {
    clearTimeout(timer)
    timer = undefined
    const { batches, records } = group
    group = emptyGroup()
    void sendBatches(options, batches, records)
  }

  const add = (update: ProfileUpdate, sender: Sender): void => {
    const partition = partitionOf(update.profileKey, options.partitionCount)
    let batch = group.open.get(partition)
    if (batch === undefined) {
      batch = { draft: draftRecordBatch(partition), senders: [], trace: undefined }
      group.open.set(partition, batch)
      group.batches.push(batch)
    }
    batch.draft.add(update)
    group.records += 1
    // The updates of a request come in a row, so that looking at the last one tells whether it is noted.
    if (batch.senders.at(-1) !== sender) {
      batch.senders.push(sender)
      sender.waitsFor += 1
      batch.trace ??= sender.trace
    }
    if (batch.draft.records() >= batchRecordsMax || batch.draft.bytes() >= batchBytesMax) {
      group.open.delete(partition)
    }
    if (group.records >= groupRecordsMax) send()
    else timer ??= setTimeout(send, lingerMs)
  }

  return {
    open: (trace) => {
      const settled = Promise.withResolvers<SubmissionOutcome>()
      let finished = false
      const sender: Sender = {
        // One for the submission itself, taken away when it is finished.
        waitsFor: 1,
        trace,
        worst: 'appended',
        answered: (outcome) => {
          sender.worst = worse(sender.worst, outcome)
          sender.waitsFor -= 1
          if (sender.waitsFor === 0) settled.resolve(sender.worst)
        },
      }
      return {
        add: (update) => add(update, sender),
        finish: () => {
          if (!finished) sender.answered('appended')
          finished = true
          return settled.promise
        },
      }
    },
  }
}

/** A request as its batches see it. */
interface Sender {
  waitsFor: number
  readonly trace: TraceParent | undefined
  worst: SubmissionOutcome
  readonly answered: (outcome: SubmissionOutcome) => void
}

interface Batch {
  readonly draft: RecordBatchDraft
  readonly senders: Sender[]
  trace: TraceParent | undefined
}

interface Group {
  /** All batches, in the order in which they were begun. */
  readonly batches: Batch[]
  /** By partition, those that are not full. */
  readonly open: Map<number, Batch>
  records: number
}

function emptyGroup(): Group {
  return { batches: [], open: new Map(), records: 0 }
}

/** Groups are not waited for: the next one follows on the same connection, which keeps their order. */
async function sendBatches(
  { append, appended }: AppendGroupsOptions,
  batches: readonly Batch[],
  records: number,
): Promise<void> {
  const startMs = performance.now()
  let outcomes: readonly SubmissionOutcome[]
  try {
    outcomes = await append(
      batches.map(({ draft, trace }) => ({
        partition: draft.partition,
        payload: draft.pack(),
        records: draft.records(),
        ...(trace === undefined ? {} : { trace }),
      })),
    )
    appended({ records, seconds: (performance.now() - startMs) / 1_000 })
  } catch (error) {
    outcomes = batches.map(() => unknownOutcome(error))
  }
  for (const [index, { senders }] of batches.entries()) {
    const outcome = outcomes[index] ?? unknownOutcome('the log did not answer for this batch')
    for (const sender of senders) sender.answered(outcome)
  }
}

function unknownOutcome(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause))
}

/** Where it is not known what happened, that is what counts; a full outbox takes longer to drain than a full log. */
function worse(one: SubmissionOutcome, other: SubmissionOutcome): SubmissionOutcome {
  return rank(other) > rank(one) ? other : one
}

function rank(outcome: SubmissionOutcome): number {
  if (typeof outcome !== 'string') return 3
  return outcome === 'outbox-full' ? 2 : outcome === 'log-full' ? 1 : 0
}
