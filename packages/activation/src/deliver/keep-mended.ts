import type { DeliverySession } from './delivery-session.ts'
import { mendLedger, type Telling } from './mend-ledger.ts'

/** What could not be told again is tried so often, each time after twice as long. */
const triesMax = 10
const againMs = 1_000
const againMaxMs = 30_000

/**
 * Mends the ledger whenever the store may have lost something of it, one time after the other.
 * @returns has somebody look soon
 */
export function keepMended(session: DeliverySession): () => void {
  const { ports, options } = session
  const doubted = new WeakSet<Telling>()
  let running = false
  let interruptedMs = 0
  let asked = false
  const isStopped = (): boolean => options.signal?.aborted === true

  const mend = async (): Promise<void> => {
    let lost = 0
    for (let tries = 0; tries < triesMax && !isStopped(); tries += 1) {
      asked = false
      let left = 1
      try {
        const end = await mendLedger(session, doubted, interruptedMs)
        lost = Math.max(lost, end.lost)
        left = end.lost - end.toldAgain
      } catch (error) {
        options.mendFailed?.(error)
      }
      if (left === 0) {
        if (lost > 0) options.mended?.({ solution: options.solution.name, lost, left })
        if (!asked) return
        lost = 0
        tries = -1
        continue
      }
      await waited(Math.min(againMs * 2 ** tries, againMaxMs))
    }
    if (lost > 0) options.mended?.({ solution: options.solution.name, lost, left: lost })
  }
  const waited = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      ports.clock.after(delayMs, resolve)
    })
  const look = async (): Promise<void> => {
    asked = true
    interruptedMs = ports.clock.nowMs()
    if (running || isStopped()) return
    running = true
    try {
      await mend()
    } finally {
      running = false
    }
  }
  return () => void look()
}
