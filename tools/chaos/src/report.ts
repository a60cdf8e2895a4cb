import type { ClientCounts } from './client/client.ts'
import type { Fault } from './plan/fault.ts'
import type { Share, TakeOver } from './watch/take-over.ts'

/** What a run of chaos has shown; times in milliseconds. */
export interface ChaosReport {
  readonly seed: number
  readonly rounds: readonly RoundReport[]
  readonly checks: readonly CheckReport[]
  /** Updates that were answered 202. */
  readonly accepted: number
  readonly client: ClientCounts
  /** Longest time in which input waited, Redis answered, and no partition committed. */
  readonly longestGapMs: number
  /** The same of one partition. */
  readonly longestPartitionGapMs: number
  readonly takeOvers: readonly TakeOver[]
  readonly joins: readonly Share[]
  /** Changes of owners that were seen. */
  readonly moves: number
  /** Sentences on what must not be; empty where all is well. */
  readonly faulty: readonly string[]
}

export interface RoundReport {
  readonly number: number
  readonly faults: readonly Fault[]
  readonly tookMs: number
  readonly longestGapMs: number
  readonly longestPartitionGapMs: number
}

export interface CheckReport {
  readonly afterRound: number
  /** Until everything was delivered. */
  readonly idleMs: number
  /** Updates that the oracle read. */
  readonly compared: number
  readonly lost: number
  readonly stale: number
  readonly unbalanced: readonly string[]
  /** Lines that Advertising Cloud took so far; of these told twice, and behind a newer one. */
  readonly lines: number
  readonly doubled: number
  readonly olderAfterNewer: number
}

/** The report as a table for people. */
export function describeReport(report: ChaosReport): string {
  const last = report.checks.at(-1)
  const counts = countKinds(report)
  const rows: readonly (readonly [string, string])[] = [
    ['rounds', String(report.rounds.length)],
    ['updates accepted', String(report.accepted)],
    ['requests', `${report.client.requests}, ${report.client.unanswered} unanswered`],
    ['answers other than 202', describeCounts(report.client.refused)],
    ['faults', describeCounts(counts)],
    ['lost', String(last?.lost ?? 'not compared')],
    ['stale', String(last?.stale ?? 'not compared')],
    ['books', last?.unbalanced.length === 0 ? 'balance' : 'do not balance'],
    [
      'sent twice',
      `${last?.doubled ?? 0} of ${last?.lines ?? 0} lines, with ${killsOf(counts)} processors killed`,
    ],
    ['older after newer', String(last?.olderAfterNewer ?? 0)],
    ['longest gap, all', secondsOf(report.longestGapMs)],
    ['longest gap, one', secondsOf(report.longestPartitionGapMs)],
    ['taken over', describeTimes(report.takeOvers.map(({ movedMs }) => movedMs))],
    [
      'first commit after a kill',
      describeTimes(report.takeOvers.flatMap(({ committedMs }) => committedMs ?? [])),
    ],
    ['share of who joined', describeTimes(report.joins.map(({ tookMs }) => tookMs))],
    ['changes of owners', String(report.moves)],
    ['idle after a check', describeTimes(report.checks.map(({ idleMs }) => idleMs))],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const table = rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`)
  return [...table, ...report.faulty.map((sentence) => `WRONG: ${sentence}`)].join('\n')
}

function countKinds({ rounds }: ChaosReport): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { kind } of rounds.flatMap(({ faults }) => faults)) {
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  return counts
}

function killsOf(counts: Readonly<Record<string, number>>): number {
  return (counts['kill-processor'] ?? 0) + (counts['kill-both'] ?? 0)
}

function describeCounts(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([name, count]) => `${count} ${name}`)
  return parts.length === 0 ? 'none' : parts.join(', ')
}

/** Median and longest. */
export function describeTimes(times: readonly number[]): string {
  if (times.length === 0) return 'none'
  return `median ${secondsOf(medianOf(times))}, longest ${secondsOf(Math.max(...times))} (${times.length})`
}

export function medianOf(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

function secondsOf(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`
}
