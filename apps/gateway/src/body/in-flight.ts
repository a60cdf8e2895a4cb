import { Problem } from '../problem.ts'

/** What one request holds of the gateway's memory. */
export interface Reservation {
  /** @throws Problem TOO_MANY_IN_FLIGHT where this many bytes more would be over the bound; then nothing is added */
  readonly grow: (bytes: number) => void
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
  return {
    enter: () => {
      if (requests >= requestsMax) {
        throw new Problem('TOO_MANY_IN_FLIGHT', `${requestsMax} requests wait for their answer`)
      }
      requests += 1
      let held = 0
      let released = false
      return {
        grow: (more) => {
          if (bytes + more > bytesMax) {
            throw new Problem(
              'TOO_MANY_IN_FLIGHT',
              `the bodies of unanswered requests would be more than ${bytesMax} bytes`,
            )
          }
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
