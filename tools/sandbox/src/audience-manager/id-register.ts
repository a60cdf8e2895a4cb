import type { Clock } from '../clock/clock.ts'

/** Ids that the DCS does not serve: people who opted out, and ids that were called abnormally often (reference §1.2). */
export interface IdRegister {
  readonly optOut: (dataSourceId: number, id: string) => void
  readonly optIn: (dataSourceId: number, id: string) => void
  readonly isOptedOut: (dataSourceId: number, id: string) => boolean
  /** Denies an id; without one, the whole data source. */
  readonly deny: (dataSourceId: number, id?: string) => void
  readonly allow: (dataSourceId: number, id?: string) => void
  readonly isDenied: (dataSourceId: number, id?: string) => boolean
  /** Counts a call about an id; true where it is one too many within the window. */
  readonly isTooMany: (dataSourceId: number, id: string) => boolean
  readonly snapshot: () => IdRegisterState
  readonly restore: (state: IdRegisterState) => void
}

export interface IdRegisterState {
  readonly optedOut: readonly string[]
  readonly denied: readonly string[]
}

/** @param callsPerWindow 0 where nobody is deny-listed for calling often */
export function createIdRegister(
  callsPerWindow: number,
  windowMs: number,
  clock: Clock,
): IdRegister {
  const optedOut = new Set<string>()
  const denied = new Set<string>()
  /** Calls of the present window; emptied with it, so that it holds no more ids than one window brings. */
  const calls = new Map<string, number>()
  let windowEndsMs = 0

  return {
    optOut: (dataSourceId, id) => {
      optedOut.add(keyOf(dataSourceId, id))
    },
    optIn: (dataSourceId, id) => {
      optedOut.delete(keyOf(dataSourceId, id))
    },
    isOptedOut: (dataSourceId, id) => optedOut.has(keyOf(dataSourceId, id)),
    deny: (dataSourceId, id) => {
      denied.add(keyOf(dataSourceId, id))
    },
    allow: (dataSourceId, id) => {
      denied.delete(keyOf(dataSourceId, id))
    },
    isDenied: (dataSourceId, id) => denied.has(keyOf(dataSourceId, id)),
    isTooMany: (dataSourceId, id) => {
      if (callsPerWindow === 0) return false
      const now = clock.nowMs()
      if (now >= windowEndsMs) {
        calls.clear()
        windowEndsMs = now + windowMs
      }
      const key = keyOf(dataSourceId, id)
      const count = (calls.get(key) ?? 0) + 1
      calls.set(key, count)
      return count > callsPerWindow
    },
    snapshot: () => ({ optedOut: [...optedOut], denied: [...denied] }),
    restore: (state) => {
      for (const key of state.optedOut) optedOut.add(key)
      for (const key of state.denied) denied.add(key)
    },
  }
}

function keyOf(dataSourceId: number, id?: string): string {
  return id === undefined ? String(dataSourceId) : `${dataSourceId}:${id}`
}
