import type { Dataflow } from '@segue/runtime'
import { segmentGone, type Delivery, type Receipt, type SegmentReceipt } from '@segue/solution-kit'
import type { Send } from './claim-chunk.ts'
import type { DeliverySession, RowsWay } from './delivery-session.ts'
import type { RowReceipt } from './solution-calls.ts'

/** A send with its segment's name. */
export interface NamedSend {
  readonly send: Send
  readonly segment: string
}

/**
 * Sends rows of one dataflow and writes each result into its send; a send without a result was not handed over.
 *
 * @param holds whether the rows' claims are sure to last for a call that goes out now
 */
export async function sendRows(
  session: DeliverySession,
  dataflow: Dataflow,
  sends: readonly NamedSend[],
  way: RowsWay,
  holds: () => boolean,
): Promise<void> {
  const ready: { readonly send: Send; readonly row: Delivery }[] = []
  const wanted = way === 'express' ? sends.filter(({ send }) => mayExpress(send)) : sends
  const remote = await remoteIds(session, dataflow, wanted)
  for (const counterpart of remote.values()) {
    if (counterpart.status !== 'ready') {
      session.calls.heed(way === 'express' ? 'express' : 'deliver', counterpart)
    }
  }
  for (const { send, segment } of wanted) {
    const counterpart = remote.get(segment)
    if (counterpart?.status !== 'ready') {
      if (counterpart !== undefined) send.result = notSent(counterpart)
      continue
    }
    const { identities, status, record } = send
    const { remoteId } = counterpart
    ready.push({
      send,
      row: { identities, segment, remoteId, status, revisionMs: record.revisionMs },
    })
  }
  if (way === 'pool') await viaPool(session, dataflow.id, ready, holds)
  else await inSlices(session, dataflow.id, ready, way, holds)

  const gone = wanted.filter(({ send }) => {
    const receipt = send.result?.receipt
    return receipt?.status === 'retry' && receipt.code === segmentGone
  })
  for (const segment of new Set(gone.map((one) => one.segment))) {
    await session.remoteSegments.forget(dataflow, segment)
  }
}

/** No fast add goes out while a removal is not known to be applied: it could be overtaken by it (design §9). */
function mayExpress({ status, record }: Send): boolean {
  return status === 'realized' && (record.receiptMs === 0 || record.applied)
}

async function remoteIds(
  session: DeliverySession,
  dataflow: Dataflow,
  sends: readonly NamedSend[],
): Promise<Map<string, SegmentReceipt>> {
  const names = [...new Set(sends.map(({ segment }) => segment))]
  const receipts = await Promise.all(
    names.map((segment) => session.remoteSegments.of(dataflow, segment)),
  )
  return new Map(names.map((segment, index) => [segment, receipts[index]!]))
}

function notSent(receipt: Exclude<SegmentReceipt, { readonly status: 'ready' }>): RowReceipt {
  const unsent: Receipt = receipt.status === 'retry' ? { ...receipt, inDoubt: false } : receipt
  return { receipt: unsent, receiptMs: 0, receiptSequence: 0 }
}

function viaPool(
  session: DeliverySession,
  dataflow: string,
  ready: readonly { readonly send: Send; readonly row: Delivery }[],
  holds: () => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    let open = ready.length
    if (open === 0) resolve()
    for (const { send, row } of ready) {
      session.pool.submit({
        dataflow,
        row,
        holds,
        settle: (result) => {
          send.result = result
          open -= 1
          if (open === 0) resolve()
        },
      })
    }
  })
}

async function inSlices(
  session: DeliverySession,
  dataflow: string,
  ready: readonly { readonly send: Send; readonly row: Delivery }[],
  way: 'express' | 'window',
  holds: () => boolean,
): Promise<void> {
  const { calls, maxRowsPerCall } = session
  for (let from = 0; from < ready.length && holds(); from += maxRowsPerCall) {
    const slice = ready.slice(from, from + maxRowsPerCall)
    const rows = slice.map(({ row }) => row)
    const results = await (way === 'express'
      ? calls.express(dataflow, rows)
      : calls.deliver(dataflow, rows))
    for (const [index, { send }] of slice.entries()) send.result = results[index]
  }
}
