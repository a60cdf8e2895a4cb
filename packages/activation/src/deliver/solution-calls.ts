import type { CallReceipt, Clock, SolutionRecords } from '@segue/runtime'
import type { Delivery, Receipt, Solution } from '@segue/solution-kit'
import {
  failuresToOpen,
  misconfiguredDelayMs,
  outageDelayMs,
  outageRetryMaxMs,
} from './retry-policy.ts'

/** What one row got, with the id of its call's receipt. */
export interface RowReceipt {
  readonly receipt: Receipt
  readonly receiptMs: number
  readonly receiptSequence: number
}

/** Something about a solution that a person should know. */
export interface SolutionTrouble {
  readonly solution: string
  readonly code: string
  readonly detail: string
  /** Nothing is sent to it for this long. */
  readonly pausedMs: number
}

/** The two ways to a solution; each has a breaker of its own, since one may be open while the other works. */
export type Way = 'deliver' | 'express'

/** Calls to one solution, with a breaker: a dead solution is asked rarely, and slows nobody else. */
export interface SolutionCalls {
  /** Sends rows of one dataflow in one call. One receipt a row; never throws. */
  readonly deliver: (dataflow: string, rows: readonly Delivery[]) => Promise<readonly RowReceipt[]>
  readonly express: (dataflow: string, rows: readonly Delivery[]) => Promise<readonly RowReceipt[]>
  /** Heeds an answer that was not got by a call of these: one that says to pause does so. */
  readonly heed: (way: Way, receipt: PausingReceipt) => void
  /** How long nothing will be sent that way, in milliseconds; 0: go on. */
  readonly pausedForMs: (way: Way) => number
}

/** What an answer must have for a pause to follow from it. */
type PausingReceipt = Exclude<Receipt, { readonly status: 'delivered' }>

/** Request ids kept in a receipt. */
const requestIdsKept = 5

export function createSolutionCalls(
  solution: Solution,
  ports: { readonly records: SolutionRecords; readonly clock: Clock },
  trouble: (trouble: SolutionTrouble) => void,
): SolutionCalls {
  const pausedUntilMs = { deliver: 0, express: 0 }
  const failures = { deliver: 0, express: 0 }

  const pause = (way: Way, code: string, detail: string, afterMs: number): void => {
    const untilMs = ports.clock.nowMs() + afterMs
    if (untilMs <= pausedUntilMs[way]) return
    pausedUntilMs[way] = untilMs
    trouble({ solution: solution.name, code, detail, pausedMs: afterMs })
  }
  const pausedForMs = (way: Way): number => Math.max(0, pausedUntilMs[way] - ports.clock.nowMs())

  const heed = (way: Way, receipt: PausingReceipt): void => {
    if (receipt.status === 'misconfigured') {
      const detail = `look at the setting ${receipt.setting}: ${receipt.detail ?? ''}`
      pause(way, receipt.code, detail, misconfiguredDelayMs)
    } else if (receipt.status === 'retry' && receipt.scope === 'solution') {
      pause(way, receipt.code, receipt.detail ?? '', receipt.afterMs)
    }
  }

  const call = async (
    way: Way,
    dataflow: string,
    rows: readonly Delivery[],
    send: (rows: readonly Delivery[]) => Promise<readonly Receipt[]>,
  ): Promise<readonly RowReceipt[]> => {
    if (rows.length === 0) return []
    const waitMs = pausedForMs(way)
    if (waitMs > 0) return rows.map(() => unsent('SOLUTION_PAUSED', waitMs))
    const receipts = await answered(rows, send)
    const outage = noteOutcome(way, receipts)
    const id = await keepReceipt(dataflow, receipts)
    return receipts.map((receipt) => ({
      receipt: outage && receipt.status === 'retry' ? { ...receipt, scope: 'solution' } : receipt,
      ...id,
    }))
  }

  /** Answers whether the solution, not the rows, is what fails. */
  const noteOutcome = (way: Way, receipts: readonly Receipt[]): boolean => {
    for (const receipt of receipts) if (receipt.status !== 'delivered') heed(way, receipt)
    const first = receipts[0]
    const allFailed = receipts.every(
      (receipt) => receipt.status === 'retry' && receipt.afterMs < outageRetryMaxMs,
    )
    failures[way] = allFailed ? failures[way] + 1 : 0
    if (failures[way] < failuresToOpen || first?.status !== 'retry') return false
    pause(way, first.code, first.detail ?? '', outageDelayMs(failures[way]))
    return true
  }

  const keepReceipt = async (
    dataflow: string,
    receipts: readonly Receipt[],
  ): Promise<{ receiptMs: number; receiptSequence: number }> => {
    const delivered = receipts.filter((receipt) => receipt.status === 'delivered')
    if (delivered.length === 0) return { receiptMs: 0, receiptSequence: 0 }
    const requestIds = new Set(delivered.flatMap(({ requestId }) => requestId ?? []))
    const receipt: CallReceipt = {
      dataflow,
      rows: receipts.length,
      delivered: delivered.length,
      requestIds: [...requestIds].slice(0, requestIdsKept),
    }
    try {
      return await ports.records.addReceipt(solution.name, receipt)
    } catch {
      // The receipt is for audit; that it was not kept must not make the rows be sent again.
      return { receiptMs: ports.clock.nowMs(), receiptSequence: 0 }
    }
  }

  return {
    deliver: (dataflow, rows) => call('deliver', dataflow, rows, solution.deliver),
    express: (dataflow, rows) => call('express', dataflow, rows, solution.express ?? refuse),
    heed,
    pausedForMs,
  }
}

function refuse(): Promise<readonly Receipt[]> {
  return Promise.resolve([])
}

/** A receipt for a row that was not sent at all. */
export function unsent(code: string, afterMs: number): RowReceipt {
  return {
    receipt: { status: 'retry', code, afterMs, scope: 'solution', inDoubt: false },
    receiptMs: 0,
    receiptSequence: 0,
  }
}

/** An adapter that throws, or answers for other rows than it got, has a bug; what it sent is in doubt. */
async function answered(
  rows: readonly Delivery[],
  send: (rows: readonly Delivery[]) => Promise<readonly Receipt[]>,
): Promise<readonly Receipt[]> {
  const broken = (detail: string): readonly Receipt[] =>
    rows.map(() => ({
      status: 'retry',
      code: 'ADAPTER_FAILED',
      afterMs: 1_000,
      scope: 'row',
      inDoubt: true,
      detail,
    }))
  try {
    const receipts = await send(rows)
    if (receipts.length === rows.length) return receipts
    return broken(`${receipts.length} receipts for ${rows.length} rows`)
  } catch (error) {
    return broken(error instanceof Error ? error.name : 'unknown')
  }
}
