import type { Clock } from '../clock/clock.ts'
import { createRandom } from '../random/random.ts'
import type { Hit } from './hit.ts'
import type { AnalyticsSettings } from './settings.ts'
import type { Visits } from './visits.ts'

/** What a visitor group's pipeline went through. */
export interface GroupReport {
  files: number
  rows: number
  /** Hits that came after a newer one of the same visitor: rows not sorted, files not in order, groups not disjoint. */
  lateRows: number
  /** Hits for a report suite that is not there. */
  lostRows: number
  /** Uploads that began while another of the group was under way. */
  overlappingUploads: number
}

/** Collected hits on their way into the report suite: one pipeline a visitor group (reference §2.2). */
export interface Pipelines {
  readonly add: (group: string, hits: readonly Hit[]) => void
  readonly reportOf: (group: string) => GroupReport
  readonly reports: () => Readonly<Record<string, GroupReport>>
  /** Files that wait. */
  readonly pending: () => number
  readonly processNow: () => void
  readonly snapshot: () => PipelinesState
  readonly restore: (state: PipelinesState) => void
}

interface WaitingFile {
  readonly group: string
  readonly dueMs: number
  readonly hits: readonly Hit[]
}

export interface PipelinesState {
  readonly waiting: readonly WaitingFile[]
  readonly reports: Readonly<Record<string, GroupReport>>
}

const dayMs = 86_400_000

/** Files of one group are processed in the order in which they were accepted; groups do not wait for each other. */
export function createPipelines(
  settings: AnalyticsSettings,
  visits: Visits,
  context: { readonly clock: Clock; readonly seed: number; readonly touch: () => void },
): Pipelines {
  const { clock, touch } = context
  const random = createRandom(context.seed)
  const reports = new Map<string, GroupReport>()
  let waiting: WaitingFile[] = []

  const reportOf = (group: string): GroupReport => {
    let report = reports.get(group)
    if (report === undefined) {
      report = { files: 0, rows: 0, lateRows: 0, lostRows: 0, overlappingUploads: 0 }
      reports.set(group, report)
    }
    return report
  }

  const processFiles = (isDue: (file: WaitingFile) => boolean): void => {
    const due = waiting.filter(isDue)
    if (due.length === 0) return
    waiting = waiting.filter((file) => !isDue(file))
    // Pipelines run side by side: which of them is first is nobody's promise.
    const groups = random.shuffle([...new Set(due.map(({ group }) => group))])
    for (const group of groups) {
      const report = reportOf(group)
      for (const file of due) {
        if (file.group !== group) continue
        report.files += 1
        for (const hit of file.hits) {
          const fate = visits.take(hit)
          report.rows += 1
          if (fate === 'late') report.lateRows += 1
          if (fate === 'lost') report.lostRows += 1
        }
      }
    }
    touch()
  }

  const waitFor = (file: WaitingFile): void => {
    waiting.push(file)
    clock.at(file.dueMs, () => processFiles(({ dueMs }) => dueMs <= clock.nowMs()))
  }

  const lagMs = (hits: readonly Hit[]): number => {
    const { shortestLagMs, longestLagMs, oldHitLagMs } = settings
    const drawn = shortestLagMs + random.next() * Math.max(0, longestLagMs - shortestLagMs)
    const oldS = (clock.nowMs() - dayMs) / 1000
    const isOld = oldHitLagMs > drawn && hits.some(({ timestampS }) => timestampS < oldS)
    return Math.ceil(isOld ? oldHitLagMs : drawn)
  }

  return {
    add: (group, hits) => {
      // A pipeline is a queue: no file passes the one before it.
      const before = waiting.findLast((file) => file.group === group)?.dueMs ?? 0
      waitFor({ group, hits, dueMs: Math.max(before, clock.nowMs() + lagMs(hits)) })
      touch()
    },
    reportOf,
    reports: () => Object.fromEntries(reports),
    pending: () => waiting.length,
    processNow: () => processFiles(() => true),
    snapshot: () => ({ waiting, reports: Object.fromEntries(reports) }),
    restore: (state) => {
      for (const [group, report] of Object.entries(state.reports)) reports.set(group, report)
      for (const file of state.waiting) waitFor(file)
    },
  }
}
