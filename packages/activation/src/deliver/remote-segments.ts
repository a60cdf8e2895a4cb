import type { Counterpart, Counterparts, Dataflow } from '@segue/runtime'
import { segmentGone, type SegmentReceipt, type Solution } from '@segue/solution-kit'
import { isLabelled, labelsOf } from '../counterpart/plan-counterparts.ts'

/** A segment's counterpart as a delivery needs it, or why there is none. */
export type RemoteSegment =
  | { readonly status: 'ready'; readonly remoteId: string; readonly generation: number }
  | Exclude<SegmentReceipt, { readonly status: 'ready' }>

/** Segments' counterparts in one solution: looked up once, made where they are missing. */
export interface RemoteSegments {
  /**
   * The segment's counterpart with the labels that travel with the segment: no row goes to one without them, since where they
   * forbid a use it would be too late.
   */
  readonly of: (dataflow: Dataflow, segment: string) => Promise<RemoteSegment>
  /** Looks it up anew: another process may have made another one since. */
  readonly anew: (dataflow: Dataflow, segment: string) => Promise<RemoteSegment>
  /** The counterpart with this id is gone: the next look-up finds or makes another. */
  readonly forget: (dataflow: Dataflow, segment: string, remoteId: string) => Promise<void>
}

/** It was wanted no more a moment ago: another is made as soon as it is known to be gone. */
const beingRemoved: RemoteSegment = {
  status: 'retry',
  code: segmentGone,
  detail: 'the counterpart is being removed, and another one is made then',
  afterMs: 1_000,
  scope: 'row',
  inDoubt: false,
}

/** A counterpart that is there. */
type Made = Counterpart & { readonly remoteId: string }

/**
 * @param madeAgain told of a counterpart that is to take the place of an earlier one: it knows nothing of whom that one held
 */
export function createRemoteSegments(
  solution: Solution,
  counterparts: Counterparts,
  madeAgain: (dataflow: Dataflow, segment: string, remoteId: string) => Promise<void>,
): RemoteSegments {
  /** By the dataflow as it was read: whatever changes it, here or elsewhere, ends what is kept for it. */
  const looked = new WeakMap<Dataflow, Map<string, Promise<RemoteSegment>>>()

  const find = async (dataflow: Dataflow, segment: string): Promise<RemoteSegment> => {
    const known = await counterparts.get(solution.name, dataflow.id, segment)
    if (known?.removing === true && known.remoteId !== undefined) return beingRemoved
    const made =
      known?.remoteId === undefined
        ? await make(dataflow, segment, (known?.generation ?? 0) > 0)
        : { ...known, remoteId: known.remoteId }
    if ('status' in made) return made
    const labelled = await label(dataflow, segment, made)
    if ('status' in labelled) return labelled
    const { remoteId, generation } = labelled
    return { status: 'ready', remoteId, generation }
  }

  const make = async (
    dataflow: Dataflow,
    segment: string,
    isAgain: boolean,
  ): Promise<Made | Exclude<RemoteSegment, { readonly status: 'ready' }>> => {
    const name = dataflow.segments[segment]?.name ?? segment
    const receipt = await solution.ensureSegment(segment, name)
    if (receipt.status !== 'ready') return receipt
    const { status: _, ...ready } = receipt
    const counterpart = { ...ready, name }
    // Before it is noted: whoever dies in between, or is not answered, would leave one that nobody is told of.
    if (isAgain) await madeAgain(dataflow, segment, receipt.remoteId)
    const made = await counterparts.ready(solution.name, dataflow.id, segment, counterpart)
    return { ...made, remoteId: receipt.remoteId }
  }

  const label = async (
    dataflow: Dataflow,
    segment: string,
    made: Made,
  ): Promise<Made | Exclude<RemoteSegment, { readonly status: 'ready' }>> => {
    if (isLabelled(dataflow, segment, solution, made)) return made
    const labels = labelsOf(dataflow, segment)
    const receipt = await solution.labelSegment?.(segment, made.remoteId, labels)
    if (receipt === undefined) return made
    if (receipt.status !== 'ready') {
      if (receipt.status === 'retry' && receipt.code === segmentGone) {
        await counterparts.gone(solution.name, dataflow.id, segment, made.remoteId)
      }
      return receipt
    }
    const { status: _, ...ready } = receipt
    const counterpart = { ...ready, labels }
    const noted = await counterparts.ready(solution.name, dataflow.id, segment, counterpart)
    return { ...noted, remoteId: receipt.remoteId }
  }

  const ofDataflow = (dataflow: Dataflow): Map<string, Promise<RemoteSegment>> => {
    const found = looked.get(dataflow) ?? new Map<string, Promise<RemoteSegment>>()
    looked.set(dataflow, found)
    return found
  }
  const keptWhereReady = async (
    finding: Promise<RemoteSegment>,
    drop: () => void,
  ): Promise<RemoteSegment> => {
    try {
      const found = await finding
      if (found.status !== 'ready') drop()
      return found
    } catch (error) {
      drop()
      throw error
    }
  }
  const of = (dataflow: Dataflow, segment: string): Promise<RemoteSegment> => {
    const own = ofDataflow(dataflow)
    const cached = own.get(segment)
    if (cached !== undefined) return cached
    const finding = keptWhereReady(find(dataflow, segment), () => {
      if (own.get(segment) === finding) own.delete(segment)
    })
    own.set(segment, finding)
    return finding
  }
  return {
    forget: async (dataflow, segment, remoteId) => {
      ofDataflow(dataflow).delete(segment)
      await counterparts.gone(solution.name, dataflow.id, segment, remoteId)
    },
    of,
    anew: (dataflow, segment) => {
      ofDataflow(dataflow).delete(segment)
      return of(dataflow, segment)
    },
  }
}
