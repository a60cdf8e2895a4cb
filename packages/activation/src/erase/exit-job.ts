import { codes, desired } from '@segue/profile'
import { unpackProfile, type Dataflow, type SegmentActivation } from '@segue/runtime'
import { deliverRows } from '../deliver/deliver-rows.ts'
import type { DeliverySession } from '../deliver/delivery-session.ts'
import { revisionAt } from '../deliver/revision-at.ts'
import { outcomeOf } from '../deliver/outcome.ts'
import type { PendingRow } from '../deliver/pending-rows.ts'
import type { JobOutcome, NewJob } from '../queue/job-queue.ts'
import type { DeliveryJob, ExitJob } from '../queue/jobs.ts'
import { waitingFor } from './waiting-for.ts'

const stepWaitMs = 1_000

/** The job that tells a solution of the exits of a profile that is being erased. A pointer: the request's id, no identity. */
export function exitJob(partition: number, request: string, dataflow: string): NewJob<DeliveryJob> {
  return {
    id: `exit-${dataflow}-${request}`,
    name: 'exits of an erasure',
    payload: { kind: 'exit', dataflow, partition, request, attempt: 0 },
    delayMs: 0,
  }
}

/**
 * Tells the solution that a profile which is being erased is out of all that it was told of, by whatever dataflow: one that is
 * disabled or deleted routes nothing, and an exit that has failed for good comes by no row again.
 */
export async function runExit(
  session: DeliverySession,
  job: ExitJob,
): Promise<JobOutcome<DeliveryJob>> {
  const { ports, options } = session
  const { partition, request, dataflow } = job
  const { name } = options.solution
  const erasure = await ports.erasures.get(partition, request)
  const profileKey = erasure?.profileKey
  if (profileKey === undefined || erasure?.acknowledgedMs !== undefined) return { status: 'done' }
  const [packed] = await ports.store.load(partition, [profileKey])
  const profile = packed === undefined ? undefined : unpackProfile(profileKey, packed)
  // Before that it is not known what it is out of.
  if (profile?.condition !== codes.Erasing) {
    return { status: 'again', afterMs: stepWaitMs, payload: job }
  }
  const waits = await waitingFor(ports, partition, profileKey, ports.clock.nowMs())
  const held = waits.find((one) => one.dataflow === dataflow && one.solution === name)
  if (held === undefined || held.segments.length === 0) return { status: 'done' }
  const { segments, offset } = await ports.store.open(partition)
  const rows = held.segments.map((segment): PendingRow => {
    const now = desired(profile, segment)
    // What was told of and is not in the profile has no revision: of zero it would count as older than that over there.
    const { revisionMs, revisionSequence } = now.revisionMs > 0 ? now : revisionAt(offset)
    const row = { profileKey, segment, revisionMs, revisionSequence, solutions: 0, realized: false }
    return { partition, range: undefined, position: 0, row }
  })
  const names = held.segments.map((segment) => segments[segment] ?? '')
  const standIn = await standInOf(session, dataflow, names)
  const end = await deliverRows(session, standIn, rows, session.resendWay, job.attempt)
  return outcomeOf(session, job, end)
}

/** The dataflow as it would have to be for the exits to be sent: enabled, and activated for what stands for them still. */
async function standInOf(
  { ports, options }: DeliverySession,
  id: string,
  segments: readonly string[],
): Promise<Dataflow> {
  const { name } = options.solution
  const counterparts = await ports.counterparts.all(name, id)
  const activations = segments.map((segment): [string, SegmentActivation] => {
    const { name: displayName = segment, labels } = counterparts.get(segment) ?? {}
    const activation = { name: displayName, solutions: [name] }
    return [segment, labels === undefined ? activation : { ...activation, labels }]
  })
  const known = options.dataflow(id)
  return {
    id,
    name: known?.name ?? id,
    activationDelayMs: 0,
    ...known,
    enabled: true,
    solutions: [name],
    segments: {
      ...(known?.enabled === true ? known.segments : {}),
      ...Object.fromEntries(activations),
    },
  }
}
