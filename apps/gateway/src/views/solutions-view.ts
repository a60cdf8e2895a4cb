import type {
  Counterpart,
  CounterpartObject,
  Dataflow,
  SolutionDescription,
  SolutionPause,
} from '@segue/runtime'
import type { Sandbox } from '../sandbox.ts'
import { timeOf } from './time-of.ts'

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
  /** `missing`: to be made. `none`: there is none, and none is wanted. */
  readonly state: 'ready' | 'missing' | 'failed' | 'none'
  readonly remoteId?: string
  readonly name: string
  /** Data usage labels that the solution was told. */
  readonly labels?: readonly string[]
  /** What stands for the segment there, as a person finds it. */
  readonly objects?: readonly CounterpartObject[]
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
          readiness: readinessView(description),
        },
      ]
    }),
  )
  return Object.fromEntries(views)
}

/** How long a solution's vendor says that things take; nothing until a processor has started with it. */
export function readinessView(
  description: SolutionDescription | undefined,
): SolutionView['readiness'] {
  return (description?.readiness ?? []).map(({ what, withinMs }) => ({
    what,
    withinSecs: Math.round(withinMs / 1_000),
  }))
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
        const view = counterpartView(kept.get(segment), {
          name: dataflow.segments[segment]?.name ?? '',
          isWanted: wanted.includes(segment),
        })
        // Removed, and not wanted: that is as it should be.
        if (view.state !== 'none') views[segment] = view
      }
      return [solution, views]
    }),
  )
  return Object.fromEntries(bySolution)
}

/**
 * What is kept of a segment's counterpart.
 * @param wanted.name what it should be called
 * @param wanted.isWanted whether the dataflow activates the segment for the solution
 */
export function counterpartView(
  kept: Counterpart | undefined,
  wanted: { readonly name: string; readonly isWanted: boolean },
): CounterpartView {
  const { remoteId, name, trouble, labels, objects } = kept ?? notMade
  const isThere = remoteId !== undefined
  const missing = wanted.isWanted ? 'missing' : 'none'
  const state = isThere ? 'ready' : missing
  return {
    state: trouble && state !== 'none' ? 'failed' : state,
    ...(isThere ? { remoteId } : {}),
    name: name === '' ? wanted.name : name,
    ...(labels === undefined ? {} : { labels }),
    ...(objects === undefined ? {} : { objects }),
    ...(trouble ? { trouble: troubleView(trouble) } : {}),
  }
}

const notMade: Counterpart = { remoteId: undefined, name: '', generation: 0 }

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
