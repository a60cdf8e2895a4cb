import {
  traced,
  traceIdOf,
  type AcceptedRows,
  type CallReceipt,
  type Clock,
  type SolutionPause,
  type SolutionRecords,
  type TraceParent,
  type Traces,
} from '@segue/runtime'
import type { Delivery, Receipt, Solution } from '@segue/solution-kit'
import {
  failuresToOpen,
  misconfiguredDelayMs,
  outageDelayMs,
  outageRetryMaxMs,
  pauseMs,
} from './retry-policy.ts'

/** What one row got, with the id of its call's receipt. */
export interface RowReceipt {
  readonly receipt: Receipt
  readonly receiptMs: number
  readonly receiptSequence: number
  /** It was accepted, and is asked about until it is applied. */
  readonly followed: boolean
}

/** What a row has beside its receipt where no call's receipt was kept. */
export const noReceipt = { receiptMs: 0, receiptSequence: 0, followed: false } as const

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
  /**
   * Sends rows of one dataflow in one call. One receipt a row; never throws.
   * @param causes spans that the rows' jobs are part of; default: the one that the caller is part of
   */
  readonly deliver: (
    dataflow: string,
    rows: readonly Delivery[],
    causes?: readonly TraceParent[],
  ) => Promise<readonly RowReceipt[]>
  readonly express: (dataflow: string, rows: readonly Delivery[]) => Promise<readonly RowReceipt[]>
  /** Heeds an answer that was not got by a call of these: one that says to pause does so. */
  readonly heed: (way: Way, receipt: PausingReceipt) => void
  /** It answered well, in a call of these or another one: what was shown of a pause is over. */
  readonly works: (way: Way) => void
  /** How long nothing will be sent that way, in milliseconds; 0: go on. */
  readonly pausedForMs: (way: Way) => number
}

/** What an answer must have for a pause to follow from it. */
type PausingReceipt = Exclude<Receipt, { readonly status: 'delivered' }>

/** Request ids kept in a receipt. */
const requestIdsKept = 5

export function createSolutionCalls(
  solution: Solution,
  ports: { readonly records: SolutionRecords; readonly clock: Clock; readonly traces?: Traces },
  told: {
    readonly trouble: (trouble: SolutionTrouble) => void
    /** Rows that are followed from now on: a job is to ask about them. */
    readonly accepted: (accepted: AcceptedRows) => void
  },
): SolutionCalls {
  const pausedUntilMs = { deliver: 0, express: 0 }
  const pausedBy = { deliver: '', express: '' }
  const failures = { deliver: 0, express: 0 }

  /** Whether a pause may be shown of this solution: by this process, or by one before it. */
  let shown = true

  const pause = (
    way: Way,
    code: string,
    detail: string,
    afterMs: number,
    setting?: string,
  ): void => {
    const nowMs = ports.clock.nowMs()
    const untilMs = nowMs + afterMs
    if (untilMs <= pausedUntilMs[way]) return
    // Calls that were under way together say the same: it is told once.
    const isSame = pausedUntilMs[way] > nowMs && code === pausedBy[way]
    pausedUntilMs[way] = untilMs
    pausedBy[way] = code
    if (isSame) return
    told.trouble({ solution: solution.name, code, detail, pausedMs: afterMs })
    if (way === 'express') return
    shown = true
    const named = setting === undefined ? {} : { setting }
    show({ code, detail, ...named, sinceMs: nowMs, untilMs })
  }
  const show = (shownPause: SolutionPause | undefined): void => {
    // For people only: a status that could not be written changes nothing of what is sent.
    void ports.records.setPause(solution.name, shownPause).catch(() => {})
  }
  const works = (way: Way): void => {
    pausesInARow[way] = 0
    if (way === 'express' || !shown) return
    shown = false
    show(undefined)
  }
  const pausedForMs = (way: Way): number => Math.max(0, pausedUntilMs[way] - ports.clock.nowMs())

  /** Pauses that the solution asked for in a row, with nothing delivered between them. */
  const pausesInARow = { deliver: 0, express: 0 }

  const heed = (way: Way, receipt: PausingReceipt): void => {
    if (receipt.status === 'misconfigured') {
      const detail = `look at the setting ${receipt.setting}: ${receipt.detail ?? ''}`
      pause(way, receipt.code, detail, misconfiguredDelayMs, receipt.setting)
    } else if (receipt.status === 'retry' && receipt.scope === 'solution') {
      pausesInARow[way] += 1
      const afterMs = pauseMs(receipt.afterMs, pausesInARow[way])
      pause(way, receipt.code, receipt.detail ?? '', afterMs)
    }
  }

  const call = async (
    way: Way,
    dataflow: string,
    rows: readonly Delivery[],
    send: (rows: readonly Delivery[]) => Promise<readonly Receipt[]>,
    causes: readonly TraceParent[] = currentOf(ports.traces),
  ): Promise<readonly RowReceipt[]> => {
    if (rows.length === 0) return []
    const waitMs = pausedForMs(way)
    if (waitMs > 0) return rows.map(() => unsent('SOLUTION_PAUSED', waitMs))
    const attributes = { 'segue.solution': solution.name, 'segue.rows': rows.length }
    const description = { name: `${way} ${solution.name}`, kind: 'client', attributes } as const
    return traced(ports.traces, description, causes, async (span) => {
      const receipts = await sendAndKeep(way, dataflow, rows, send)
      span?.set(countsOf(receipts))
      return receipts
    })
  }

  const sendAndKeep = async (
    way: Way,
    dataflow: string,
    rows: readonly Delivery[],
    send: (rows: readonly Delivery[]) => Promise<readonly Receipt[]>,
  ): Promise<readonly RowReceipt[]> => {
    const receipts = await answered(rows, send)
    if (receipts.some(({ status }) => status === 'delivered')) works(way)
    const outage = noteOutcome(way, receipts)
    const kept = await keepReceipts(dataflow, receipts)
    return receipts.map((receipt) => {
      const none: KeptReceipt = noReceipt
      const own = receipt.status === 'delivered' ? kept.get(followOf(receipt)) : undefined
      const { unfollowable = false, ...id } = own ?? none
      if (unfollowable) return unnoted
      const isOutage = outage && receipt.status === 'retry'
      return { receipt: isOutage ? { ...receipt, scope: 'solution' } : receipt, ...id }
    })
  }

  /** Answers whether the solution, not the rows, is what fails. */
  const noteOutcome = (way: Way, receipts: readonly Receipt[]): boolean => {
    const longest = longestPause(receipts)
    if (longest !== undefined) heed(way, longest)
    const first = receipts[0]
    const allFailed = receipts.every(
      (receipt) => receipt.status === 'retry' && receipt.afterMs < outageRetryMaxMs,
    )
    failures[way] = allFailed ? failures[way] + 1 : 0
    if (failures[way] < failuresToOpen || first?.status !== 'retry') return false
    pause(way, first.code, first.detail ?? '', outageDelayMs(failures[way]))
    return true
  }

  /** One receipt for all rows that are applied together, by what they are followed with. */
  const keepReceipts = async (
    dataflow: string,
    receipts: readonly Receipt[],
  ): Promise<ReadonlyMap<string, KeptReceipt>> => {
    const delivered = receipts.filter((receipt) => receipt.status === 'delivered')
    const kept = new Map<string, KeptReceipt>()
    for (const [follow, own] of Map.groupBy(delivered, followOf)) {
      kept.set(follow, await keepReceipt(dataflow, receipts.length, own, follow))
    }
    return kept
  }

  const keepReceipt = async (
    dataflow: string,
    rows: number,
    delivered: readonly Extract<Receipt, { readonly status: 'delivered' }>[],
    follow: string,
  ): Promise<KeptReceipt> => {
    const requestIds = new Set(delivered.flatMap(({ requestId }) => requestId ?? []))
    const trace = ports.traces?.current()
    const receipt: CallReceipt = {
      dataflow,
      rows,
      delivered: delivered.length,
      requestIds: [...requestIds].slice(0, requestIdsKept),
      ...(trace === undefined ? {} : { traceId: traceIdOf(trace) }),
    }
    let accepted: AcceptedRows | undefined
    try {
      const id = await ports.records.addReceipt(solution.name, receipt)
      if (follow === '') return { ...id, followed: false }
      accepted = { ...id, dataflow, rows: delivered.length, follow }
      const followed = await ports.records.follow(solution.name, accepted)
      if (followed) told.accepted(accepted)
      return { ...id, followed }
    } catch {
      // It may be noted all the same: whoever asks takes the note away.
      if (accepted !== undefined) told.accepted(accepted)
      // Nobody would be sure to ask what became of it: a loss would go unseen.
      if (follow !== '') return { ...noReceipt, unfollowable: true }
      // The receipt is for audit; that it was not kept must not make the rows be sent again.
      return { ...noReceipt, receiptMs: ports.clock.nowMs() }
    }
  }

  return {
    deliver: (dataflow, rows, causes) => call('deliver', dataflow, rows, solution.deliver, causes),
    express: (dataflow, rows) => call('express', dataflow, rows, solution.express ?? refuse),
    heed,
    works,
    pausedForMs,
  }
}

/** A call's receipt as it was kept. */
interface KeptReceipt extends Omit<RowReceipt, 'receipt'> {
  /** It is to be followed, and that could not be noted. */
  readonly unfollowable?: boolean
}

/** Accepted, and nobody asks whether it is applied: in doubt, so it is told again. */
const unnoted: RowReceipt = {
  receipt: {
    status: 'retry',
    code: 'NOT_FOLLOWED',
    afterMs: 1_000,
    scope: 'row',
    inDoubt: true,
    detail: 'it was accepted, and could not be noted to be followed',
  },
  ...noReceipt,
}

function refuse(): Promise<readonly Receipt[]> {
  return Promise.resolve([])
}

function currentOf(traces: Traces | undefined): readonly TraceParent[] {
  const current = traces?.current()
  return current === undefined ? [] : [current]
}

/** What a span tells of a call: how many rows got which answer, and the receipt under which it is kept. */
function countsOf(receipts: readonly RowReceipt[]): Record<string, string | number> {
  const counts: Record<string, string | number> = {}
  for (const [status, own] of Map.groupBy(receipts, ({ receipt }) => receipt.status)) {
    counts[`segue.rows.${status}`] = own.length
  }
  const kept = receipts.find(({ receiptSequence, receiptMs }) => receiptMs + receiptSequence > 0)
  if (kept !== undefined) counts['segue.receipt'] = `${kept.receiptMs}-${kept.receiptSequence}`
  return counts
}

/** A receipt for a row that was not sent at all. */
export function unsent(code: string, afterMs: number): RowReceipt {
  return {
    receipt: { status: 'retry', code, afterMs, scope: 'solution', inDoubt: false },
    ...noReceipt,
  }
}

/** The receipt of a call that asks for the longest pause; undefined where none does. */
function longestPause(receipts: readonly Receipt[]): PausingReceipt | undefined {
  let longest: PausingReceipt | undefined
  for (const receipt of receipts) {
    if (receipt.status === 'misconfigured') return receipt
    if (receipt.status !== 'retry' || receipt.scope !== 'solution') continue
    const longestMs = longest?.status === 'retry' ? longest.afterMs : -1
    if (receipt.afterMs > longestMs) longest = receipt
  }
  return longest
}

/** What the row is followed with; empty where it is not. */
function followOf(receipt: Receipt): string {
  return receipt.status === 'delivered' && !receipt.applied ? (receipt.follow ?? '') : ''
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
