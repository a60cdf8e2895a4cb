import { AcknowledgedKind, codes } from '@segue/profile'
import {
  isBefore,
  packBatch,
  unpackProfile,
  type AlarmClock,
  type Dataflow,
  type Erasure,
  type Erasures,
  type ErasureProof,
  type EventLog,
  type Outbox,
  type SetAsides,
} from '@segue/runtime'
import { leaseMs } from '../deliver/claim-lease.ts'
import type { JobOutcome, JobQueue } from '../queue/job-queue.ts'
import type { DeliveryJob, ErasureJob } from '../queue/jobs.ts'
import { discardSetAside } from './discard-set-aside.ts'
import { exitJob } from './exit-job.ts'
import { findTraces } from './find-traces.ts'
import { revisionOf, scrubOutbox } from './scrub.ts'
import { waitingFor, type AcknowledgementPorts, type Unacknowledged } from './waiting-for.ts'

/** What the owner of the partition does within a moment is looked for again after this long. */
const stepWaitMs = 200
/** Solutions are looked at again after a tenth of the time that they have had, between these. */
const lookAtLeastMs = 200
const lookAtMostMs = 600_000
/** After this long a solution that was told by rows is told by a job of its own: its row may have failed for good. */
const tellAgainMs = 300_000
/** Traces that were found are looked for again after this long: what left them may not have ended. */
const lookForTracesMs = 10_000

export interface ErasurePorts extends AcknowledgementPorts {
  readonly log: EventLog
  readonly outbox: Outbox
  readonly erasures: Erasures
  readonly setAsides: SetAsides
  readonly clock: AlarmClock
}

export interface ErasureOptions {
  readonly dataflow: (id: string) => Dataflow | undefined
  /** Undefined for a solution that nobody here knows: it is waited for. */
  readonly queue: (solution: string) => JobQueue<DeliveryJob> | undefined
  /** Told of an erasure that is done, perhaps more than once. */
  readonly done?: (erasure: Erasure, proof: ErasureProof) => Promise<void>
  /** Told of traces that stay. */
  readonly traces?: (request: string, proof: ErasureProof) => void
}

/**
 * Runs erasure jobs. Each run looks how far the request is and takes the next step; every step may be repeated, so that whoever
 * dies between two of them is followed by anybody.
 */
export function createErasure(
  ports: ErasurePorts,
  options: ErasureOptions,
): (job: ErasureJob) => Promise<JobOutcome<ErasureJob>> {
  return async (job) => {
    const { partition, request } = job
    const again = (afterMs: number): JobOutcome<ErasureJob> => ({
      status: 'again',
      afterMs,
      payload: job,
    })
    const erasure = await ports.erasures.get(partition, request)
    const profileKey = erasure?.profileKey
    if (erasure === undefined || profileKey === undefined) return { status: 'done' }
    if (erasure.deletedMs !== undefined) {
      const afterMs = await cleanUp(ports, options, job, erasure, profileKey)
      return afterMs === undefined ? { status: 'done' } : again(afterMs)
    }
    // Its acknowledgement is in the log: the partition's owner deletes it.
    if (erasure.acknowledgedMs !== undefined) return again(stepWaitMs)
    return again(await leave(ports, options, job, erasure, profileKey))
  }
}

/** Sees to it that the profile leaves everything. @returns when to look again, in milliseconds */
async function leave(
  ports: ErasurePorts,
  options: ErasureOptions,
  { partition, request }: ErasureJob,
  erasure: Erasure,
  profileKey: string,
): Promise<number> {
  const [packed] = await ports.store.load(partition, [profileKey])
  const profile = packed === undefined ? undefined : unpackProfile(profileKey, packed)
  if (profile?.condition !== codes.Erasing) return stepWaitMs
  await ports.erasures.leaving(partition, request, profile.identities.slice(1))
  const nowMs = ports.clock.nowMs()
  const waits = await waitingFor(ports, partition, profileKey, nowMs)
  if (waits.length === 0) {
    const records = [[AcknowledgedKind, profileKey] as const]
    await ports.erasures.acknowledged(partition, request, packBatch({ segments: [], records }))
    return stepWaitMs
  }
  const known = waits.map(({ dataflow, solution, why }) => ({ dataflow, solution, why }))
  if (JSON.stringify(known) !== JSON.stringify(erasure.waitingFor)) {
    await ports.erasures.waiting(partition, request, known)
  }
  const hadMs = nowMs - (erasure.leavingMs ?? nowMs)
  const { segments } = await ports.store.open(partition)
  for (const wait of waits) {
    if (wait.segments.length === 0 || (hadMs < tellAgainMs && isRouted(wait, segments, options))) {
      continue
    }
    const job = exitJob(partition, request, wait.dataflow)
    await options.queue(wait.solution)?.ensure([job])
  }
  return Math.min(Math.max(hadMs / 10, lookAtLeastMs), lookAtMostMs)
}

/** Whether rows of the stream tell the solution of all these exits. */
function isRouted(
  { dataflow: id, solution, segments: held }: Unacknowledged,
  segments: readonly string[],
  options: ErasureOptions,
): boolean {
  const dataflow = options.dataflow(id)
  if (dataflow?.enabled !== true) return false
  return held.every((segment) =>
    dataflow.segments[segments[segment] ?? '']?.solutions.includes(solution),
  )
}

/**
 * Removes what the commit that deleted the profile could not reach, and proves that nothing is left.
 * @returns when to go on, in milliseconds; undefined: it is done
 */
async function cleanUp(
  ports: ErasurePorts,
  options: ErasureOptions,
  { partition, request }: ErasureJob,
  erasure: Erasure,
  profileKey: string,
): Promise<number | undefined> {
  const before = revisionOf(erasure.barrier ?? '0-0')
  const { offset } = await ports.store.open(partition)
  if (isBefore(revisionOf(offset), before)) return stepWaitMs
  await ports.log.trim(partition, offset)
  const rows = await scrubOutbox(ports, partition, profileKey, before)
  if (rows > 0) await ports.erasures.scrubbed(partition, request, rows)
  await discardSetAside(ports.setAsides, partition, profileKey)
  // A delivery that read its rows before may claim the profile still; what it leaves where it dies is free after this long.
  const scrubbed = erasure.deleted.outboxRows + rows
  const sinceMs = ports.clock.nowMs() - (erasure.deletedMs ?? 0)
  if (scrubbed > 0 && sinceMs < leaseMs) return leaseMs - sinceMs
  await ports.erasures.sweep(partition, request)

  const erased = { profileKey, others: erasure.others ?? [], before }
  const traces = await findTraces(ports.erasures.everything(partition, request), erased)
  const proof: ErasureProof = { atMs: ports.clock.nowMs(), ...traces }
  if (proof.found > 0) {
    options.traces?.(request, proof)
    return lookForTracesMs
  }
  await options.done?.(erasure, proof)
  await ports.erasures.finish(partition, request, proof)
  return undefined
}
