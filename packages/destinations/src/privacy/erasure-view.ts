import type { Erasure, ErasureWait } from '@segue/runtime'

/** How far a request to erase a profile is, in this order. */
export const erasureStates = ['requested', 'leaving', 'acknowledged', 'deleted', 'done'] as const

export type ErasureState = (typeof erasureStates)[number]

/** A request as it is shown: without the identity, which it does not keep. */
export interface ErasureView {
  readonly id: string
  readonly state: ErasureState
  readonly subject: string
  readonly requestedBy: string
  /** By state: when it was reached. */
  readonly times: Readonly<Partial<Record<ErasureState, string>>>
  readonly waitingFor: readonly ErasureWait[]
  readonly deleted?: Erasure['deleted']
  readonly proof?: Readonly<Record<string, unknown>>
}

/** @returns the newest state that has a time */
export function erasureState(erasure: Erasure): ErasureState {
  return erasureStates.findLast((state) => timeOf(erasure, state) !== undefined) ?? 'requested'
}

export function erasureView(erasure: Erasure): ErasureView {
  const { id, hash, requestedBy, waitingFor, deleted, proof } = erasure
  const state = erasureState(erasure)
  const times = erasureStates.flatMap((one): [string, string][] => {
    const atMs = timeOf(erasure, one)
    return atMs === undefined ? [] : [[one, new Date(atMs).toISOString()]]
  })
  return {
    id,
    state,
    subject: hash,
    requestedBy,
    times: Object.fromEntries(times),
    waitingFor: state === 'leaving' ? waitingFor : [],
    ...(erasure.deletedMs === undefined ? {} : { deleted }),
    ...(proof === undefined ? {} : { proof: proofView(proof) }),
  }
}

function proofView({ atMs, ...proof }: NonNullable<Erasure['proof']>): Record<string, unknown> {
  return { at: new Date(atMs).toISOString(), ...proof }
}

function timeOf(erasure: Erasure, state: ErasureState): number | undefined {
  switch (state) {
    case 'requested':
      return erasure.requestedMs
    case 'leaving':
      return erasure.leavingMs
    case 'acknowledged':
      return erasure.acknowledgedMs
    case 'deleted':
      return erasure.deletedMs
    case 'done':
      return erasure.doneMs
  }
}
