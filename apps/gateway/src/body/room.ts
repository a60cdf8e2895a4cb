import { getHeapStatistics } from 'node:v8'
import { Problem } from '../problem.ts'

/** Lets work begin as long as what all of it takes together has room; the rest waits, first come, first served. */
export interface Room {
  /**
   * @param bytes about what `run` takes until it ends
   * @throws Problem PAYLOAD_TOO_LARGE where that would be too much for the room alone
   */
  readonly take: <Result>(bytes: number, run: () => Promise<Result>) => Promise<Result>
  readonly takenBytes: () => number
  readonly bytesMax: number
}

/** A part of the room that large work never takes, so that small work need not wait for it. */
const keptForSmall = 0.25
/** Work of up to this part of the room is small. */
const small = 1 / 64

/** @param bytesMax of all that has begun; how much waits is bounded by who calls */
export function createRoom(bytesMax: number): Room {
  const lanes = [lane(bytesMax * keptForSmall), lane(bytesMax * (1 - keptForSmall))] as const
  return {
    take: (bytes, run) => lanes[bytes <= bytesMax * small ? 0 : 1].take(bytes, run),
    takenBytes: () => lanes[0].takenBytes() + lanes[1].takenBytes(),
    bytesMax,
  }
}

/** What V8 counts to a heap's limit for what is young, whatever the limit is: nothing that stays a while is kept there. */
const youngBytes = 3 * 64 * 1_048_576
const roomMin = 16 * 1_048_576

/**
 * For what bodies become when they are read: half of the heap that this process may have and has not, since garbage of those
 * before stays for a while.
 */
export function bodyRoomBytes(): number {
  const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics()
  return Math.max((limit - youngBytes - used) / 2, roomMin)
}

function lane(bytesMax: number): Room {
  const waiting: { readonly bytes: number; readonly begin: () => void }[] = []
  let taken = 0
  const letIn = (): void => {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (taken + next.bytes > bytesMax) return
      waiting.shift()
      taken += next.bytes
      next.begin()
    }
  }
  return {
    take: async (bytes, run) => {
      if (bytes > bytesMax) {
        throw new Problem(
          'PAYLOAD_TOO_LARGE',
          'the body holds so much that reading it would take more memory than there is for one',
        )
      }
      // Nobody who comes now overtakes.
      if (waiting.length > 0 || taken + bytes > bytesMax) {
        await new Promise<void>((begin) => {
          waiting.push({ bytes, begin })
        })
      } else taken += bytes
      try {
        return await run()
      } finally {
        taken -= bytes
        letIn()
      }
    },
    takenBytes: () => taken,
    bytesMax,
  }
}
