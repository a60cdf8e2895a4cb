import { Problem } from '../problem.ts'

/** What one request holds of the gateway's memory. */
export interface Reservation {
  /** @throws Problem TOO_MANY_IN_FLIGHT where this many bytes more would be over the bound; then nothing is added */
  readonly grow: (bytes: number) => void
  /** Throws what `grow` would, and adds nothing: a body that says how large it is need not be received to be refused. */
  readonly expect: (bytes: number) => void
  /** Gives all of it back. Again is no error. */
  readonly release: () => void
}

/** Bounds what all requests with updates hold together: their bodies make up nearly all memory that senders can cause. */
export interface InFlight {
  /** @throws Problem TOO_MANY_IN_FLIGHT */
  readonly enter: () => Reservation
  readonly requests: () => number
  readonly bytes: () => number
}

export function createInFlight(requestsMax: number, bytesMax: number): InFlight {
  let requests = 0
  let bytes = 0
  const expectRoom = (more: number): void => {
    if (bytes + more <= bytesMax) return
    throw new Problem(
      'TOO_MANY_IN_FLIGHT',
      `the bodies of unanswered requests would be more than ${bytesMax} bytes`,
    )
  }
  return {
    enter: () => {
      if (requests >= requestsMax) {
        throw new Problem('TOO_MANY_IN_FLIGHT', `${requestsMax} requests wait for their answer`)
      }
      requests += 1
      let held = 0
      let released = false
      return {
        expect: expectRoom,
        grow: (more) => {
          expectRoom(more)
          bytes += more
          held += more
        },
        release: () => {
          if (released) return
          released = true
          requests -= 1
          bytes -= held
        },
      }
    },
    requests: () => requests,
    bytes: () => bytes,
  }
}
