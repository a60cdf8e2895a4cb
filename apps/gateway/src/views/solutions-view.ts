import type { Dataflow, SolutionPause } from '@segue/runtime'
import type { Sandbox } from '../sandbox.ts'

/** How a solution is doing. */
export interface SolutionView {
  /** `misconfigured`: a setting is wrong; memberships are kept and go on when it is mended. */
  readonly state: 'working' | 'paused' | 'misconfigured'
  /** Why nothing is sent just now. */
  readonly pause?: PauseView
  /** Rows that the solution accepted and is asked about until it has applied them. */
  readonly accepted: { readonly calls: number; readonly rows: number; readonly oldest?: string }
  /** Identity namespaces that it takes; empty until a processor has started with it. */
  readonly namespaces: readonly string[]
  /** How long its vendor says that things take. */
  readonly readiness: readonly { readonly what: string; readonly withinSecs: number }[]
}

interface PauseView {
  readonly code: string
  readonly detail: string
  /** The setting to look at. */
  readonly setting?: string
  readonly since: string
  readonly nextTry: string
}

/** A segment's counterpart in a solution. */
export interface CounterpartView {
  /** `missing`: to be made, or removed. */
  readonly state: 'ready' | 'missing' | 'failed'
  readonly remoteId?: string
  readonly name: string
  readonly trouble?: {
    readonly code: string
    readonly detail: string
    readonly setting?: string
    readonly at: string
  }
}

/** How the solutions of a sandbox are doing, by name. */
export async function viewSolutions(
  { ports }: Sandbox,
  names: readonly string[],
): Promise<Record<string, SolutionView>> {
  const views = await Promise.all(
    names.map(async (name): Promise<[string, SolutionView]> => {
      const [pause, followed, description] = await Promise.all([
        ports.records.pause(name),
        ports.records.followed(name),
        ports.records.description(name),
      ])
      const [oldest] = followed
      return [
        name,
        {
          ...pauseView(pause, ports.clock.nowMs()),
          accepted: {
            calls: followed.length,
            rows: followed.reduce((sum, { rows }) => sum + rows, 0),
            ...(oldest === undefined ? {} : { oldest: timeOf(oldest.receiptMs) }),
          },
          namespaces: description?.namespaces ?? [],
          readiness: (description?.readiness ?? []).map(({ what, withinMs }) => ({
            what,
            withinSecs: Math.round(withinMs / 1_000),
          })),
        },
      ]
    }),
  )
  return Object.fromEntries(views)
}

/** A dataflow's counterparts, by solution and segment: those that it has, and those that it should have. */
export async function viewCounterparts(
  { ports }: Sandbox,
  dataflow: Dataflow,
): Promise<Record<string, Record<string, CounterpartView>>> {
  const bySolution = await Promise.all(
    dataflow.solutions.map(async (solution): Promise<[string, Record<string, CounterpartView>]> => {
      const kept = await ports.counterparts.all(solution, dataflow.id)
      const wanted = Object.entries(dataflow.segments)
        .filter(([, activation]) => activation.solutions.includes(solution))
        .map(([segment]) => segment)
      const views: Record<string, CounterpartView> = {}
      for (const segment of new Set([...wanted, ...kept.keys()])) {
        const { remoteId, name, trouble } = kept.get(segment) ?? notMade
        // Removed, and not wanted: that is as it should be.
        if (remoteId === undefined && !wanted.includes(segment)) continue
        views[segment] = {
          state: trouble ? 'failed' : remoteId === undefined ? 'missing' : 'ready',
          ...(remoteId === undefined ? {} : { remoteId }),
          name: name === '' ? (dataflow.segments[segment]?.name ?? '') : name,
          ...(trouble ? { trouble: troubleView(trouble) } : {}),
        }
      }
      return [solution, views]
    }),
  )
  return Object.fromEntries(bySolution)
}

const notMade = { remoteId: undefined, name: '', trouble: undefined }

function pauseView(
  pause: SolutionPause | undefined,
  nowMs: number,
): Pick<SolutionView, 'state' | 'pause'> {
  if (pause === undefined) return { state: 'working' }
  const { code, detail, setting, sinceMs, untilMs } = pause
  // A rate limit or an outage is over with its pause, as far as anybody knows; a wrong setting only when something went well.
  if (setting === undefined && untilMs <= nowMs) return { state: 'working' }
  return {
    state: setting === undefined ? 'paused' : 'misconfigured',
    pause: {
      code,
      detail,
      ...(setting === undefined ? {} : { setting }),
      since: timeOf(sinceMs),
      nextTry: timeOf(untilMs),
    },
  }
}

function troubleView({
  code,
  detail,
  setting,
  atMs,
}: {
  readonly code: string
  readonly detail: string
  readonly setting?: string
  readonly atMs: number
}): NonNullable<CounterpartView['trouble']> {
  return { code, detail, ...(setting === undefined ? {} : { setting }), at: timeOf(atMs) }
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
