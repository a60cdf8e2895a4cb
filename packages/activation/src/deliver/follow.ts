import type { JobOutcome, JobQueue, NewJob } from '../queue/job-queue.ts'
import type { DeliveryJob, FollowJob } from '../queue/jobs.ts'
import type { AcceptedRows, AlarmClock } from '@segue/runtime'
import type { DeliverySession } from './delivery-session.ts'
import { outcomeOf } from './outcome.ts'
import { doubt, resend, type Told } from './resend.ts'

/** When the solution is asked first. */
const firstAskMs = 1_000
/** However long a solution says that it takes, it is asked so often. */
const askAtLeastEveryMs = 3_600_000
/**
 * The longest time that a solution documents is 48 h (Audience Manager), twice where order has to be repaired; a day later
 * nobody asks any more.
 */
const followMaxMs = 120 * 3_600_000
/**
 * Far longer than any delivery takes. Rows that are accepted together are settled one partition after the other; of what is lost
 * before, the ledger knows nothing yet, so a loss is looked into once more after this time.
 */
const settledWithinMs = 10 * 60_000
/** Tries to add a job, each after twice the time of the one before. */
const addTriesMax = 8
/** Losses of a dataflow in an hour that are sent again; beyond it the next refresh mends, or a person. */
const lossesMended = 3

/** The job that asks about accepted rows. */
export function followJob({
  receiptMs,
  receiptSequence,
  dataflow,
  rows,
  follow,
  lost,
}: AcceptedRows): NewJob<DeliveryJob> {
  return {
    id: `follow-${receiptMs}-${receiptSequence}`,
    name: `${rows} rows until applied`,
    payload: {
      kind: 'follow',
      dataflow,
      follow,
      rows,
      receiptMs,
      receiptSequence,
      // A loss that was found before is not another.
      attempt: lost === true ? 1 : 0,
    },
    delayMs: firstAskMs,
  }
}

/** Whether a job is to ask about rows: about those that are lost once more, when all of them are settled. */
export function isToBeAsked({ lost, receiptMs }: AcceptedRows, nowMs: number): boolean {
  return lost !== true || nowMs - receiptMs >= settledWithinMs
}

/**
 * Adds the job that asks, as often as it takes within a few minutes; after that whoever starts next finds the rows noted and adds
 * it. Never rejects.
 */
export async function addFollowJob(
  clock: AlarmClock,
  queue: JobQueue<DeliveryJob>,
  accepted: AcceptedRows,
): Promise<void> {
  for (let tries = 0; tries < addTriesMax; tries += 1) {
    try {
      await queue.add([followJob(accepted)])
      return
    } catch {
      await new Promise<void>((resolve) => {
        clock.after(firstAskMs * 2 ** tries, resolve)
      })
    }
  }
}

/** Asks the solution what became of rows that it accepted; what it lost is sent again. */
export async function runFollow(
  session: DeliverySession,
  job: FollowJob,
): Promise<JobOutcome<DeliveryJob>> {
  const { ports, options, calls } = session
  const { solution } = options
  const done: JobOutcome<DeliveryJob> = { status: 'done' }
  const again = (afterMs: number): JobOutcome<DeliveryJob> => ({
    status: 'again',
    afterMs: Math.min(Math.max(afterMs, firstAskMs), askAtLeastEveryMs),
    payload: job,
  })
  const answer = await solution.follow?.(job.follow)
  switch (answer?.status) {
    case 'waiting':
    case 'retry':
    case 'misconfigured': {
      if (answer.status !== 'waiting') calls.heed('deliver', answer)
      const afterMs = answer.status === 'misconfigured' ? 0 : answer.afterMs
      const ageMs = ports.clock.nowMs() - job.receiptMs
      if (ageMs < followMaxMs) return again(Math.max(afterMs, calls.pausedForMs('deliver')))
      tell(session, 'NEVER_APPLIED', `${job.rows} rows were accepted and never seen applied`)
      break
    }
    case 'not-applied': {
      const end = await sendAgain(session, job, answer.code, answer.detail ?? '')
      if (typeof end === 'object') return end
      // Noted as lost it waits for its second look (`planSolution`).
      const mayBeUnsettled = ports.clock.nowMs() - job.receiptMs < settledWithinMs
      if (end === 'sent' && mayBeUnsettled) return done
      break
    }
    case 'applied':
    case undefined:
      break
  }
  await ports.records.unfollow(solution.name, job)
  return done
}

/** @returns `left`: too much is lost to send all of it again */
async function sendAgain(
  session: DeliverySession,
  job: FollowJob,
  code: string,
  detail: string,
): Promise<JobOutcome<DeliveryJob> | 'sent' | 'left'> {
  const { ports, options } = session
  const { receiptMs, receiptSequence, dataflow } = job
  const losses =
    job.attempt === 0 ? await ports.records.countLoss(options.solution.name, dataflow, job) : 0
  // Counted once: from here on it is the same loss.
  const counted = { ...job, attempt: Math.max(job.attempt, 1) }
  tell(session, code, `${job.rows} rows were accepted and not applied. ${detail}`)
  const isLost = ({ record }: Told): boolean =>
    record.receiptMs === receiptMs && record.receiptSequence === receiptSequence
  // In doubt first: one that changed since goes out by a row of its own, and one of a dataflow that is disabled by the backfill
  // that comes when it is enabled. Both would hold it for known.
  if (!(await doubt(session, dataflow, isLost))) {
    return { status: 'again', afterMs: firstAskMs, payload: counted }
  }
  if (losses > lossesMended) return 'left'
  // Of a profile that two lost calls told, neither waits for the other.
  const { rows, follow } = job
  await ports.records.lose(options.solution.name, {
    receiptMs,
    receiptSequence,
    dataflow,
    rows,
    follow,
  })
  await options.refreshDataflows()
  if (options.dataflow(dataflow)?.enabled !== true) return 'sent'
  const end = await resend(session, dataflow, job.attempt, isLost)
  return end.remaining === 0 ? 'sent' : outcomeOf(session, counted, end)
}

function tell({ options }: DeliverySession, code: string, detail: string): void {
  options.trouble({ solution: options.solution.name, code, detail, pausedMs: 0 })
}
