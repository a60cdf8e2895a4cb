import type { Counterparts, Dataflow } from '@segue/runtime'
import type { SegmentReceipt, Solution } from '@segue/solution-kit'

/** A segment's counterpart as a delivery needs it, or why there is none. */
export type RemoteSegment =
  | { readonly status: 'ready'; readonly remoteId: string; readonly generation: number }
  | Exclude<SegmentReceipt, { readonly status: 'ready' }>

/** Segments' counterparts in one solution: looked up once, made where they are missing. */
export interface RemoteSegments {
  readonly of: (dataflow: Dataflow, segment: string) => Promise<RemoteSegment>
  /** The counterpart with this id is gone: the next look-up finds or makes another. */
  readonly forget: (dataflow: Dataflow, segment: string, remoteId: string) => Promise<void>
}

/**
 * @param madeAgain told of a counterpart that took the place of an earlier one: it knows nothing of whom that one held
 */
export function createRemoteSegments(
  solution: Solution,
  counterparts: Counterparts,
  madeAgain: (dataflow: Dataflow, segment: string, generation: number) => Promise<void>,
): RemoteSegments {
  /** By the dataflow as it was read: whatever changes it, here or elsewhere, ends what is kept for it. */
  const ready = new WeakMap<Dataflow, Map<string, Promise<RemoteSegment>>>()

  const find = async (dataflow: Dataflow, segment: string): Promise<RemoteSegment> => {
    const known = await counterparts.get(solution.name, dataflow.id, segment)
    if (known?.remoteId !== undefined) {
      return { status: 'ready', remoteId: known.remoteId, generation: known.generation }
    }
    const name = dataflow.segments[segment]?.name ?? segment
    const receipt = await solution.ensureSegment(segment, name)
    if (receipt.status !== 'ready') return receipt
    const made = await counterparts.ready(
      solution.name,
      dataflow.id,
      segment,
      receipt.remoteId,
      name,
    )
    if (made.generation > 1) await madeAgain(dataflow, segment, made.generation)
    return { status: 'ready', remoteId: receipt.remoteId, generation: made.generation }
  }

  const ofDataflow = (dataflow: Dataflow): Map<string, Promise<RemoteSegment>> => {
    const found = ready.get(dataflow) ?? new Map<string, Promise<RemoteSegment>>()
    ready.set(dataflow, found)
    return found
  }
  return {
    forget: async (dataflow, segment, remoteId) => {
      ofDataflow(dataflow).delete(segment)
      await counterparts.gone(solution.name, dataflow.id, segment, remoteId)
    },
    of: (dataflow, segment) => {
      const own = ofDataflow(dataflow)
      const cached = own.get(segment)
      if (cached !== undefined) return cached
      const finding = find(dataflow, segment).then(
        (receipt) => {
          if (receipt.status !== 'ready') own.delete(segment)
          return receipt
        },
        (error: unknown) => {
          own.delete(segment)
          throw error
        },
      )
      own.set(segment, finding)
      return finding
    },
  }
}
