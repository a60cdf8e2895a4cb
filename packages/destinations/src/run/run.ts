import { runPeriods, type RunPart } from '@segue/runtime'

/** An hour of a flow (`reference/platform.md` §9.1), over all partitions. */
export interface Run {
  readonly flowId: string
  /** Hours since the epoch. */
  readonly hour: number
  /** Its hour, epoch milliseconds: the first, and the first that is not in it any more. */
  readonly startsMs: number
  readonly endsMs: number
  /** When something was last counted, epoch milliseconds. */
  readonly changedMs: number
  /** What goes to one solution, by its name. */
  readonly solutions: ReadonlyMap<string, RunNumbers>
}

/** received = activated + coalesced + pending + excluded + failed (design §6, invariant 7). */
export interface RunNumbers {
  received: number
  activated: number
  coalesced: number
  pending: number
  /** Told again with nothing changed; no part of the sum. */
  resent: number
  /** By code. */
  readonly excluded: Map<string, number>
  /** By code. */
  readonly failed: Map<string, number>
}

/**
 * `processing` while its hour is not over or rows of it are pending; then `success`, `partial_success` where some rows failed for good,
 * or `failed` where none was activated for that. Words of §9.2, of flow service and destinations together.
 */
export type RunStatus = 'processing' | 'success' | 'partial_success' | 'failed'

/** @returns undefined where no partition has a part of it */
export function runOf(
  flowId: string,
  hour: number,
  parts: readonly (RunPart | undefined)[],
): Run | undefined {
  const solutions = new Map<string, RunNumbers>()
  let changedMs = 0
  for (const part of parts) {
    changedMs = Math.max(changedMs, part?.changedMs ?? 0)
    for (const [field, number] of part?.numbers ?? []) {
      const bar = field.indexOf('|')
      const solution = field.slice(0, bar)
      const numbers = solutions.get(solution) ?? noNumbers()
      solutions.set(solution, numbers)
      add(numbers, field.slice(bar + 1), number)
    }
  }
  if (changedMs === 0) return undefined
  const startsMs = hour * runPeriods.lengthMs
  return { flowId, hour, startsMs, endsMs: startsMs + runPeriods.lengthMs, changedMs, solutions }
}

/** The numbers of a run over all its solutions. */
export function totalOf(run: Run): RunNumbers {
  const total = noNumbers()
  for (const numbers of run.solutions.values()) {
    for (const one of ['received', 'activated', 'coalesced', 'pending', 'resent'] as const) {
      total[one] += numbers[one]
    }
    for (const one of ['excluded', 'failed'] as const) {
      for (const [code, number] of numbers[one]) {
        total[one].set(code, (total[one].get(code) ?? 0) + number)
      }
    }
  }
  return total
}

/** Rows by all codes. */
export function countOf(byCode: ReadonlyMap<string, number>): number {
  return [...byCode.values()].reduce((sum, number) => sum + number, 0)
}

export function statusOf(run: Run, nowMs: number): RunStatus {
  const { pending, activated, failed } = totalOf(run)
  if (nowMs < run.endsMs || pending > 0) return 'processing'
  if (countOf(failed) === 0) return 'success'
  return activated > 0 ? 'partial_success' : 'failed'
}

function noNumbers(): RunNumbers {
  return {
    received: 0,
    activated: 0,
    coalesced: 0,
    pending: 0,
    resent: 0,
    excluded: new Map(),
    failed: new Map(),
  }
}

function add(numbers: RunNumbers, outcome: string, number: number): void {
  const [kind = '', code = ''] = outcome.split(':')
  switch (kind) {
    case 'received':
    case 'activated':
    case 'coalesced':
    case 'pending':
    case 'resent':
      numbers[kind] += number
      break
    case 'excluded':
    case 'failed':
      numbers[kind].set(code, (numbers[kind].get(code) ?? 0) + number)
      break
    default:
      break
  }
}
