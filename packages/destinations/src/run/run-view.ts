import { createHash } from 'node:crypto'
import type { Configuration } from '../configuration/configuration.ts'
import { flowSpecId, specVersion } from '../connect/catalog.ts'
import { imsOrgDefault, sandboxIdOf } from '../connect/made.ts'
import { organisationDocument } from '../organisation/organisation-document.ts'
import { bookCode } from './book-codes.ts'
import { runId } from './run-id.ts'
import { countOf, statusOf, totalOf, type Run, type RunNumbers, type RunStatus } from './run.ts'

/** A run as it is read. Times are epoch milliseconds. */
export interface RunView {
  readonly id: string
  readonly flowId: string
  readonly flowSpec: { readonly id: string; readonly version: string }
  readonly providerRefId: string
  readonly etag: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly sandboxId: string
  readonly sandboxName: string
  readonly imsOrgId: string
  readonly metrics: {
    readonly durationSummary: DurationSummary
    readonly sizeSummary: { readonly inputBytes: number; readonly outputBytes: number }
    readonly recordSummary: RecordSummary & {
      readonly sourceSummaries: readonly {
        /** Absent where the flow is gone. */
        readonly id?: string
        readonly inputRecordCount: number
        readonly skippedRecordCount: number
        readonly entitySummaries: readonly []
      }[]
      readonly targetSummaries: readonly (RecordCounts & {
        readonly id?: string
        readonly entitySummaries: readonly (RecordSummary & { readonly id: string })[]
      })[]
    }
    readonly fileSummary: { readonly inputFileCount: number; readonly outputFileCount: number }
    readonly statusSummary: {
      readonly status: RunStatus
      readonly errors: readonly []
      readonly activityRefs: readonly string[]
    }
  }
  readonly activities: readonly {
    readonly id: string
    readonly name: string
    readonly updatedAtUTC: number
    readonly durationSummary: DurationSummary
    readonly recordSummary: RecordSummary
    readonly statusSummary: { readonly status: RunStatus }
  }[]
}

interface DurationSummary {
  readonly startedAtUTC: number
  /** Absent while it is under way. */
  readonly completedAtUTC?: number
}

interface RecordCounts {
  readonly inputRecordCount: number
  readonly createdRecordCount: number
  readonly updatedRecordCount: number
  readonly deletedRecordCount: number
  readonly outputRecordCount: number
  readonly skippedRecordCount: number
  readonly failedRecordCount: number
  readonly warningRecordCount: number
  readonly pendingRecordCount: number
  readonly coalescedRecordCount: number
  readonly resentRecordCount: number
}

interface RecordSummary extends RecordCounts {
  readonly skippedInfo: readonly CodeCount[]
  readonly failedInfo: readonly CodeCount[]
}

interface CodeCount {
  readonly code: string
  readonly message: string
  readonly remedy: string
  readonly count: number
  readonly type: 'Warning' | 'Error'
}

/**
 * A run as it is read (`reference/platform.md` §9.2). What the Platform has no word for stands beside its words, as Segue's own: in
 * summaries `pendingRecordCount`, `coalescedRecordCount` (superseded, or known already) and `resentRecordCount` (told again, no part of
 * the sum), so that input = output + skipped + failed + pending + coalesced; in infos `remedy`. Solutions stand below the target
 * connection, as `solution:<name>`. Sizes are not measured, and a stream has no files.
 *
 * @param run may be of a flow that is gone
 */
export function runView(
  configuration: Configuration,
  run: Run,
  sandboxName: string,
  nowMs: number,
): RunView {
  const { flowId, hour, startsMs, changedMs } = run
  const flow = configuration.get('flow', flowId)?.value
  const status = statusOf(run, nowMs)
  const duration = durationOf(run, status)
  const total = totalOf(run)
  const summary = { ...countsOf(total), ...infosOf(run.solutions) }
  const id = runId(flowId, hour)
  return {
    id,
    flowId,
    flowSpec: { id: flowSpecId, version: specVersion },
    providerRefId: `${flowId}-${hour}`,
    etag: `"${createHash('sha256').update(`${changedMs} ${status}`).digest('hex').slice(0, 16)}"`,
    createdAt: startsMs,
    updatedAt: changedMs,
    sandboxId: sandboxIdOf(sandboxName),
    sandboxName,
    imsOrgId: organisationDocument(configuration).value.imsOrgId ?? imsOrgDefault,
    metrics: {
      durationSummary: duration,
      sizeSummary: { inputBytes: 0, outputBytes: 0 },
      recordSummary: {
        ...summary,
        sourceSummaries: [
          {
            ...(flow === undefined ? {} : { id: flow.sourceConnectionId }),
            inputRecordCount: total.received,
            skippedRecordCount: countOf(total.excluded),
            entitySummaries: [],
          },
        ],
        targetSummaries: [
          {
            ...(flow === undefined ? {} : { id: flow.targetConnectionId }),
            ...countsOf(total),
            entitySummaries: Array.from(run.solutions, ([solution, numbers]) => ({
              id: `solution:${solution}`,
              ...countsOf(numbers),
              ...infosOf(new Map([[solution, numbers]])),
            })).toSorted((one, other) => (one.id < other.id ? -1 : 1)),
          },
        ],
      },
      fileSummary: { inputFileCount: 0, outputFileCount: 0 },
      statusSummary: { status, errors: [], activityRefs: [`${id}-activation`] },
    },
    activities: [
      {
        id: `${id}-activation`,
        name: 'Streaming activation',
        updatedAtUTC: changedMs,
        durationSummary: duration,
        recordSummary: summary,
        statusSummary: { status },
      },
    ],
  }
}

/** A run lasts until its hour is over, or until its last row was settled where that is later. */
function durationOf(run: Run, status: RunStatus): DurationSummary {
  return {
    startedAtUTC: run.startsMs,
    ...(status === 'processing' ? {} : { completedAtUTC: Math.max(run.endsMs, run.changedMs) }),
  }
}

/** Whether a row made, changed or removed a membership is not counted apart, so all are `created`, as in the documented example. */
function countsOf(numbers: RunNumbers): RecordCounts {
  return {
    inputRecordCount: numbers.received,
    createdRecordCount: numbers.activated,
    updatedRecordCount: 0,
    deletedRecordCount: 0,
    outputRecordCount: numbers.activated,
    skippedRecordCount: countOf(numbers.excluded),
    failedRecordCount: countOf(numbers.failed),
    warningRecordCount: 0,
    pendingRecordCount: numbers.pending,
    coalescedRecordCount: numbers.coalesced,
    resentRecordCount: numbers.resent,
  }
}

function infosOf(solutions: Run['solutions']): Pick<RecordSummary, 'skippedInfo' | 'failedInfo'> {
  return {
    skippedInfo: infoOf(solutions, 'excluded', 'Warning'),
    failedInfo: infoOf(solutions, 'failed', 'Error'),
  }
}

/** One entry a code and meaning, the most frequent first: two solutions may mean different things by one code. */
function infoOf(
  solutions: ReadonlyMap<string, RunNumbers>,
  kind: 'excluded' | 'failed',
  type: CodeCount['type'],
): readonly CodeCount[] {
  const infos = new Map<string, CodeCount>()
  for (const [solution, numbers] of solutions) {
    for (const [code, count] of numbers[kind]) {
      if (count === 0) continue
      const { meaning = 'A code without a description.', remedy = '' } =
        bookCode(code, solution) ?? {}
      const name = `${code}|${meaning}`
      const before = infos.get(name)?.count ?? 0
      infos.set(name, { code, message: meaning, remedy, count: before + count, type })
    }
  }
  return [...infos.values()].toSorted(
    (one, other) => other.count - one.count || (one.code < other.code ? -1 : 1),
  )
}
