import {
  ConsentGiven,
  ConsentUnchanged,
  ConsentWithdrawn,
  StatusExited,
  StatusRealized,
  tableTransitions,
  UpdateKind,
  type LogRecord,
  type Profile,
  type Transitions,
} from '@segue/profile'
import { onTestFinished } from 'vitest'
import { unpackProfile } from '../../codec/packed-profile.ts'
import { packBatch } from '../../codec/record-batch.ts'
import {
  startPartitionLoop,
  type PartitionLoop,
  type PartitionLoopOptions,
  type PartitionPorts,
} from '../../partition/partition-loop.ts'
import type { PartitionLoss } from '../../partition/mend-log.ts'
import { createRecentEntries, type RecentEntries } from '../../partition/recent-entries.ts'
import type { Dataflow } from '../../ports/dataflows.ts'
import type { Bucket } from '../../ports/partition-store.ts'
import type { Ports } from '../../ports/ports.ts'
import { own } from './commits.ts'
import { until, type Subject } from './subject.ts'

/** Segments that the loops' suites use; records name them by position. */
export const segments: readonly string[] = ['ups:a', 'ups:b', 'ups:c', 'ups:d']

/** Sends every segment to solution `s`. */
export const dataflow: Dataflow = {
  id: 'flow',
  name: 'All',
  enabled: true,
  activationDelayMs: 10_000,
  solutions: ['s'],
  segments: Object.fromEntries(
    segments.map((segment) => [segment, { name: segment, solutions: ['s'] }]),
  ),
}

/** What an update says of one segment: by position in `segments`, with its times. */
export interface Said {
  readonly segment: number
  readonly status: 'realized' | 'exited'
  readonly qualifiedMs: number
  /** 0: none. */
  readonly untilMs: number
}

/** A profile update as the loops' suites say it. */
export interface Update {
  readonly profileKey: string
  readonly said: readonly Said[]
  readonly others: readonly string[]
  readonly consent: { readonly given: boolean; readonly atMs: number } | undefined
}

/** An update of one membership. */
export function update(
  profileKey: string,
  status: Said['status'],
  times: {
    readonly qualifiedMs?: number
    readonly untilMs?: number
    readonly segment?: number
  } = {},
): Update {
  const said = { segment: 0, qualifiedMs: 1_000, untilMs: 0, status, ...times }
  return { profileKey, said: [said], others: [], consent: undefined }
}

function recordOf({ profileKey, said, others, consent }: Update): LogRecord {
  const memberships = said.flatMap(({ segment, status, qualifiedMs, untilMs }) => [
    segment,
    status === 'realized' ? StatusRealized : StatusExited,
    qualifiedMs,
    untilMs,
  ])
  const decision =
    consent === undefined ? ConsentUnchanged : consent.given ? ConsentGiven : ConsentWithdrawn
  return [UpdateKind, profileKey, others, memberships, decision, consent?.atMs ?? 0]
}

/** Appends one log entry. */
export async function appendUpdates(
  { log }: Ports,
  partition: number,
  updates: readonly Update[],
): Promise<void> {
  const payload = packBatch({ segments, records: updates.map(recordOf) })
  const [outcome] = await log.append([{ partition, payload, records: updates.length }])
  if (outcome !== 'appended') throw new Error(`the entry was not appended: ${String(outcome)}`)
}

export interface LoopOptions {
  readonly partition?: number
  readonly residentMax?: number
  readonly startTransitions?: () => Transitions
  /** What the worker knows of the dataflows; by default the one that sends everything. */
  readonly dataflows?: Pick<PartitionLoopOptions, 'dataflows' | 'refreshDataflows'>
  /** What a loop before it has read. */
  readonly recent?: RecentEntries
  /** Ports that stand in for the subject's own. */
  readonly instead?: Partial<PartitionPorts>
}

export interface StartedLoop extends PartitionLoop {
  readonly owner: string
  /** Buckets that commits opened so far. */
  readonly opened: Bucket[]
  /** Errors that the loop recovered from. */
  readonly failures: unknown[]
  readonly losses: PartitionLoss[]
  readonly recent: RecentEntries
}

/** Takes a partition for a worker and starts its loop, which ends with the test. */
export async function startLoop(
  subject: Subject,
  {
    partition = 0,
    residentMax = 1_000,
    startTransitions = () => tableTransitions,
    dataflows = {
      dataflows: () => ({ version: 0, dataflows: [dataflow] }),
      refreshDataflows: () => Promise.resolve(),
    },
    recent = createRecentEntries(1_000_000),
    instead,
  }: LoopOptions = {},
): Promise<StartedLoop> {
  const ports = subject.ports()
  const owner = await own(ports, partition)
  const opened: Bucket[] = []
  const failures: unknown[] = []
  const losses: PartitionLoss[] = []
  const loop = startPartitionLoop(
    { ...ports, ...instead },
    {
      partition,
      owner,
      residentMax,
      startTransitions,
      ...dataflows,
      recent,
      lost: (loss) => losses.push(loss),
      opened: async (_, buckets) => {
        opened.push(...buckets)
      },
      failed: (error) => {
        failures.push(error)
      },
    },
  )
  onTestFinished(async () => {
    await loop.stop()
  })
  return { ...loop, owner, opened, failures, losses, recent }
}

/** Waits until all that is appended is stepped and committed. */
export function caughtUp(subject: Subject, partition = 0): Promise<void> {
  const { store } = subject.ports()
  return until(subject, 'the loop has caught up', async () => {
    const counters = await store.counters(partition)
    return counters.get('steppedRecords') === counters.get('appendedRecords')
  })
}

/** The profile as it is stored. */
export async function storedProfile(
  { store }: Ports,
  profileKey: string,
  partition = 0,
): Promise<Profile | undefined> {
  const [packed] = await store.load(partition, [profileKey])
  return packed === undefined ? undefined : unpackProfile(profileKey, packed)
}
