import { packEntry, type DeadLetter, type LedgerEntry, type RowOutcome } from '@segue/runtime'
import type { ClaimChunk, ClaimTarget, Send } from './claim-chunk.ts'

/** What a settlement must know beside its chunk. */
export interface SettleContext {
  /** Tries of the rows so far; from `rowAttemptsMax` on a retry is a failure. */
  readonly exhausted: boolean
  readonly attempts: number
  readonly nowMs: number
  /** The faster way: what it delivers is still to be delivered by the other, so it is in doubt until then. */
  readonly express: boolean
}

/**
 * Settles a chunk by its sends' results: entries, row outcomes, dead letters.
 * @returns profile keys whose claim was lost meanwhile
 */
export function settleChunk(
  target: ClaimTarget,
  chunk: ClaimChunk,
  context: SettleContext,
): Promise<readonly string[]> {
  const deadLetters: DeadLetter[] = []
  // Those that arrived first: a full state that arrived says all of its profile's other sends too, so these are in doubt then.
  for (const send of chunk.sends.toSorted((one, other) => arrived(one) - arrived(other))) {
    const entry = chunk.claimed.get(send.profileKey)
    if (entry === undefined) continue
    if (send.known.length > 0 && arrived(send) > 0) entry.doubts.add(send.segment)
    settleSend(chunk, send, entry, context, deadLetters)
  }
  const rows = [...Map.groupBy(chunk.outcomes, ({ pending }) => pending.range).entries()].flatMap(
    ([range, outcomes]) => {
      if (range === undefined) return []
      return {
        range,
        outcomes: outcomes.map(({ pending, outcome }): RowOutcome => ({
          row: pending.position,
          profileKey: pending.row.profileKey,
          outcome,
        })),
      }
    },
  )
  return target.ledger.settle(chunk.partition, {
    dataflow: target.dataflow,
    solution: target.solution,
    token: chunk.token,
    entries: Array.from(chunk.claimed, ([profileKey, entry]) => ({
      profileKey,
      entry: packEntry(entry),
    })),
    rows,
    resent: chunk.outcomes.flatMap(({ pending, outcome }) =>
      pending.range === undefined && outcome === 'activated' ? pending.row.profileKey : [],
    ),
    deadLetters,
  })
}

/** 0 where the solution has it. */
function arrived({ result }: Send): 0 | 1 {
  return result?.receipt.status === 'delivered' ? 0 : 1
}

function isSaid({ segment, known }: Send, of: number): boolean {
  return segment === of || known.some((one) => one.segment === of)
}

function settleSend(
  chunk: ClaimChunk,
  send: Send,
  entry: LedgerEntry,
  context: SettleContext,
  deadLetters: DeadLetter[],
): void {
  const { segment, profileKey, result } = send
  // What was never handed to the solution stays to do.
  if (result === undefined) return
  const { receipt, receiptMs, receiptSequence, followed } = result
  const close = (outcome: string): void => {
    for (const [index, pending] of send.rows.entries()) {
      chunk.outcomes.push({ pending, outcome: index === 0 ? outcome : 'coalesced' })
    }
  }
  const fail = (code: string, detail: string): void => {
    close(`failed:${code}`)
    deadLetters.push({
      profileKey,
      segment,
      code,
      detail,
      atMs: context.nowMs,
      attempts: context.attempts,
    })
  }
  switch (receipt.status) {
    case 'delivered':
      if (context.express) {
        entry.doubts.add(segment)
        return
      }
      // A full state that arrived leaves nothing in doubt of what it says. What may have arrived and was never known to, or is not
      // activated, is no part of it: that stays in doubt until it is told itself, or what stands for it there may hold it for ever.
      if (send.known.length > 0) {
        for (const doubted of entry.doubts) {
          if (isSaid(send, doubted)) entry.doubts.delete(doubted)
        }
      } else entry.doubts.delete(segment)
      entry.records.set(segment, {
        ...send.record,
        effect: receipt.applied ? 'applied' : followed ? 'followed' : 'accepted',
        receiptMs,
        receiptSequence,
      })
      close('activated')
      return
    case 'retry':
      if (receipt.inDoubt) entry.doubts.add(segment)
      if (context.exhausted && receipt.scope === 'row') fail(receipt.code, receipt.detail ?? '')
      return
    case 'rejected':
      if (receipt.kind === 'failed') {
        fail(receipt.code, receipt.detail ?? '')
        return
      }
      close(`excluded:${receipt.code}`)
      // It has nothing of the person, so nobody has to tell it of the exit again; an erasure would wait for that for ever.
      if (send.status === 'exited' && !context.express) {
        entry.doubts.delete(segment)
        entry.records.set(segment, { ...send.record, effect: 'applied' })
      }
      return
    case 'misconfigured':
      return
  }
}
