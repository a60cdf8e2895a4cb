import { systemRandom } from '@segue/runtime'
import { keepClaims, leaseMs } from './claim-lease.ts'
import type { DeliverySession } from './delivery-session.ts'

/**
 * Runs what only one process may do at a time: a window (each is one set of files), a change of a segment's counterpart.
 *
 * @param what letters, digits and dashes
 * @returns undefined where another is at it
 */
export async function oneAtATime<Result>(
  { ports, options, interruptions }: DeliverySession,
  what: string,
  run: () => Promise<Result>,
): Promise<Result | undefined> {
  const { name } = options.solution
  const token = (ports.random ?? systemRandom).token(8).toString('hex')
  const lock = (): Promise<boolean> => ports.records.lock(name, what, token, leaseMs)
  const lease = keepClaims(ports.clock, interruptions)
  let isLocked = false
  try {
    isLocked = await lease.claim(lock, async () => void (await lock()))
    return isLocked ? await run() : undefined
  } finally {
    await lease.end()
    if (isLocked) await ports.records.unlock(name, what, token)
  }
}
