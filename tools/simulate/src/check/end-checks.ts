import { codes, State, stride } from '@segue/profile'
import { unpackEntry, unpackProfile, type Dataflow } from '@segue/runtime'
import type { SimulatedSolution } from '../load/simulated-solution.ts'
import type { QueueServer } from '../net/remote-queue.ts'
import { checkProfile } from './partition-checks.ts'
import type { Scene } from './scene.ts'
import { isAfter } from './truth.ts'

/** What must be known beside the scene to look at the end. */
export interface EndScene extends Scene {
  readonly dataflows: () => readonly Dataflow[]
  readonly solutions: readonly SimulatedSolution[]
  readonly queues: QueueServer
  /** Updates that were answered 202. */
  readonly accepted: ReadonlySet<number>
  /** Accepted updates that a failover may have lost. */
  readonly lost: ReadonlySet<number>
  /** `solution|profile key`: what was told of it may have been lost, or cannot be known. */
  readonly excused: ReadonlySet<string>
  /** Whether the solution refuses to know this profile. */
  readonly refuses: (solution: string, profileKey: string) => boolean
}

/** What is under way still; empty when everything has come to rest. */
export function unsettled(scene: EndScene): readonly string[] {
  const { store, truth, time, queues, solutions } = scene
  const left: string[] = []
  for (const [index, partition] of store.partitions.entries()) {
    const { offset, open, sealed, plans, outbox, backfills, erasures, timers } = partition
    if (isAfter(truth.newest(index), offset)) {
      left.push(`entries of partition ${index} after ${offset}`)
    }
    const buckets = open.size + sealed.size + plans.size + outbox.size
    if (buckets > 0) left.push(`${buckets} buckets of partition ${index}`)
    for (const [place, json] of backfills) {
      if (!json.includes('"phase":"ended"')) left.push(`backfill ${place} in partition ${index}`)
    }
    const unfinished = [...erasures.values()].filter(({ doneMs }) => doneMs === undefined).length
    if (unfinished > 0) left.push(`${unfinished} erasures in partition ${index}`)
    const due = timers.due(time.clock.nowMs(), Infinity).length
    if (due > 0) left.push(`${due} timers of partition ${index}`)
  }
  for (const name of queues.names()) {
    if (name === 'upkeep') continue
    const { waiting, active, delayed, failed } = queues.open(name).jobs.counts()
    const jobs = waiting + active + delayed + failed
    if (jobs > 0) left.push(`${jobs} jobs of ${name}`)
  }
  for (const { kind, unapplied } of solutions) {
    if (unapplied() > 0) left.push(`${unapplied()} batches at ${kind.name}`)
    const followed = store.solutions.get(kind.name)?.followed.size ?? 0
    if (followed > 0) left.push(`${followed} batches of ${kind.name} that are followed`)
  }
  return left
}

/** Everything that must be true once all has come to rest. */
export function checkEnd(scene: EndScene): void {
  const { store, truth, verdict, accepted, lost } = scene
  for (const number of accepted) {
    if (truth.isInLog(number) || lost.has(number)) continue
    verdict.fail('accepted', `update ${number} was accepted, and is in no log`)
  }
  for (const partition of store.partitions.keys()) {
    for (const profileKey of truth.profiles(partition)) {
      checkProfile(scene, partition, profileKey)
      checkExpired(scene, partition, profileKey)
    }
    checkLeftovers(scene, partition)
  }
  for (const dataflow of scene.dataflows()) checkConvergence(scene, dataflow)
}

function checkExpired(
  { store, time, verdict }: EndScene,
  partition: number,
  profileKey: string,
): void {
  const packed = store.partitions[partition]!.profiles.get(profileKey)
  if (packed === undefined) return
  const { memberships, condition } = unpackProfile(profileKey, packed)
  if (condition === codes.Erasing) return
  for (let at = 0; at < memberships.length; at += stride) {
    const untilMs = memberships[at + 3]!
    const isOver = untilMs !== 0 && untilMs <= time.clock.nowMs()
    if (memberships[at + State] !== codes.Realized || !isOver) continue
    verdict.fail('progress', `a membership of ${profileKey} ended at ${untilMs}, and is realized`)
  }
}

/** Compares what solutions hold with what the updates say. */
function checkConvergence(scene: EndScene, dataflow: Dataflow): void {
  if (!dataflow.enabled) return
  const { store, truth, verdict, time, solutions } = scene
  const nowMs = time.clock.nowMs()
  for (const [segment, activation] of Object.entries(dataflow.segments)) {
    for (const solution of solutions) {
      const { name, namespaces } = solution.kind
      if (!activation.solutions.includes(name) || solution.deleted.has(segment)) continue
      const held = solution.members(segment) ?? new Set()
      for (const partition of store.partitions.keys()) {
        for (const profileKey of truth.profiles(partition)) {
          if (isExcused(scene, dataflow.id, name, profileKey, partition, segment)) continue
          const profile = truth.profile(partition, profileKey, truth.newest(partition))
          const told = profile.memberships.get(segment)
          const isMember =
            !profile.isErasing &&
            profile.isConsented &&
            told !== undefined &&
            !told.isExited &&
            told.untilMs > nowMs
          for (const identity of profile.identities) {
            if (!namespaces.includes(identity.slice(0, identity.indexOf(':')))) continue
            if (held.has(identity) === isMember) continue
            const says = held.has(identity) ? 'holds' : 'does not hold'
            const be = isMember ? 'is a member' : 'is none'
            verdict.fail(
              'convergence',
              `${name} ${says} ${identity} in ${segment}, and ${profileKey} ${be}`,
            )
          }
        }
      }
    }
  }
}

function isExcused(
  { excused, refuses, store }: EndScene,
  dataflow: string,
  solution: string,
  profileKey: string,
  partition: number,
  segment: string,
): boolean {
  if (excused.has(`${solution}|${profileKey}`) || refuses(solution, profileKey)) return true
  const { deadLetters, segments } = store.partitions[partition]!
  const letters = deadLetters.get(`${dataflow}:${solution}`)
  return letters?.has(`${segments.indexOf(segment)}|${profileKey}`) ?? false
}

/** Nothing is left that nobody will ever take away. */
function checkLeftovers({ store, time, verdict, truth }: EndScene, partition: number): void {
  const { ledgers, timers, profiles, log, offset } = store.partitions[partition]!
  const nowMs = time.clock.nowMs()
  for (const [name, ledger] of ledgers) {
    for (const [profileKey, packed] of ledger) {
      const { claimedUntilMs, records } = unpackEntry(packed)
      if (claimedUntilMs > nowMs) {
        verdict.fail('leftovers', `${name} has a claim on ${profileKey}`)
      }
      if (
        // A claim that is carried out long after it was given up leaves a doubt, and nothing else.
        records.size > 0 &&
        !profiles.has(profileKey) &&
        truth.profile(partition, profileKey, offset).memberships.size === 0
      ) {
        verdict.fail('leftovers', `${name} knows ${profileKey}, which is no more`)
      }
    }
  }
  for (const { profileKey } of timers.due(Number.MAX_SAFE_INTEGER, Infinity)) {
    if (profiles.has(profileKey)) continue
    verdict.fail('leftovers', `a timer of ${profileKey}, which is no more`)
  }
  const waiting = log.filter(({ ms, sequence }) => isAfter(`${ms}-${sequence}`, offset)).length
  if (waiting > 0) verdict.fail('progress', `${waiting} entries of partition ${partition}`)
  for (const [name, { locks }] of store.solutions) {
    for (const [what, { untilMs }] of locks) {
      if (untilMs > nowMs) verdict.fail('leftovers', `${name} has a lock ${what}`)
    }
  }
}
