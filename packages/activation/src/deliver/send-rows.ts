import type { Dataflow } from '@segue/runtime'
import { segmentGone, type Delivery, type KnownMembership, type Receipt } from '@segue/solution-kit'
import type { Send } from './claim-chunk.ts'
import type { DeliverySession, RowsWay } from './delivery-session.ts'
import type { RemoteSegment } from './remote-segments.ts'
import { noReceipt, type RowReceipt } from './solution-calls.ts'

/** A send with its segment's name, and those of its partition. */
export interface NamedSend {
  readonly send: Send
  readonly segment: string
  readonly segments: readonly string[]
}

/**
 * Sends rows of one dataflow and writes each result into its send; a send without a result was not handed over.
 *
 * @param remote counterparts of the sends' segments
 * @param holds whether the rows' claims are sure to last for a call that goes out now
 */
export async function sendRows(
  session: DeliverySession,
  dataflow: Dataflow,
  remote: ReadonlyMap<string, RemoteSegment>,
  sends: readonly NamedSend[],
  way: RowsWay,
  holds: () => boolean,
): Promise<void> {
  const ready: { readonly send: Send; readonly row: Delivery }[] = []
  // The faster way only adds. That none overtakes a removal is the adapter's care: it knows what it has not seen applied.
  const wanted = way === 'express' ? sends.filter(({ send }) => send.status === 'realized') : sends
  for (const counterpart of remote.values()) {
    if (counterpart.status !== 'ready') {
      session.calls.heed(way === 'express' ? 'express' : 'deliver', counterpart)
    }
  }
  for (const { send, segment, segments } of wanted) {
    const counterpart = remote.get(segment)
    if (counterpart?.status !== 'ready') {
      if (counterpart !== undefined) send.result = notSent(counterpart)
      continue
    }
    const { identities, status, record } = send
    const { remoteId } = counterpart
    ready.push({
      send,
      row: {
        identities,
        segment,
        remoteId,
        status,
        revisionMs: record.revisionMs,
        ...stateOf(session, send, segments),
      },
    })
  }
  if (way === 'pool' || way === 'background') {
    await viaPool(session, dataflow.id, ready, way === 'background', holds)
  } else await inSlices(session, dataflow.id, ready, way, holds)

  const gone = new Map<string, string>()
  for (const { send, segment } of wanted) {
    const receipt = send.result?.receipt
    const counterpart = remote.get(segment)
    if (receipt?.status !== 'retry' || receipt.code !== segmentGone) continue
    if (counterpart?.status === 'ready') gone.set(segment, counterpart.remoteId)
  }
  for (const [segment, remoteId] of gone) {
    await session.remoteSegments.forget(dataflow, segment, remoteId)
  }
}

function stateOf(
  { options }: DeliverySession,
  { known }: Send,
  segments: readonly string[],
): { readonly state?: readonly KnownMembership[] } {
  if (options.solution.takes === 'changes') return {}
  return {
    state: known.map(({ segment, status }) => ({ segment: segments[segment] ?? '', status })),
  }
}

function notSent(receipt: Exclude<RemoteSegment, { readonly status: 'ready' }>): RowReceipt {
  const unsent: Receipt = receipt.status === 'retry' ? { ...receipt, inDoubt: false } : receipt
  return { receipt: unsent, ...noReceipt }
}

function viaPool(
  session: DeliverySession,
  dataflow: string,
  ready: readonly { readonly send: Send; readonly row: Delivery }[],
  background: boolean,
  holds: () => boolean,
): Promise<void> {
  const trace = session.ports.traces?.current()
  return new Promise((resolve) => {
    let open = ready.length
    if (open === 0) resolve()
    for (const { send, row } of ready) {
      session.pool.submit({
        dataflow,
        row,
        background,
        holds,
        ...(trace === undefined ? {} : { trace }),
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
