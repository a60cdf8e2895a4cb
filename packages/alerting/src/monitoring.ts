import { randomUUID } from 'node:crypto'
import type { AlarmClock } from '@segue/runtime'
import { lookForAlerts, type Look, type LookPorts } from './look.ts'

/** Looks that a process may miss before another takes over. */
const looksPerLease = 3

export interface MonitoringOptions {
  readonly sandbox: string
  readonly everyMs: number
  readonly clock: AlarmClock
  /** Told of every look that this process made. */
  readonly looked: (look: Extract<Look, { readonly status: 'looked' }>) => void
  readonly failed: (error: unknown) => void
}

export interface Monitoring {
  /** Waits for the look under way, and lets another process look at once. */
  readonly stop: () => Promise<void>
}

/** Looks for alerts every `everyMs` until it is stopped; of many processes that do so, one at a time really looks. */
export function startMonitoring(ports: LookPorts, options: MonitoringOptions): Monitoring {
  const { sandbox, everyMs, clock, looked, failed } = options
  const token = randomUUID()
  const leaseMs = everyMs * looksPerLease
  let stopped = false
  let cancel: (() => void) | undefined
  let running: Promise<void> = Promise.resolve()

  const look = async (): Promise<void> => {
    try {
      const came = await lookForAlerts(ports, { sandbox, token, leaseMs, newId: randomUUID })
      if (came.status === 'looked') looked(came)
    } catch (error) {
      failed(error)
    }
  }
  const lookAndWait = async (): Promise<void> => {
    await look()
    if (!stopped) wait(everyMs)
  }
  const wait = (delayMs: number): void => {
    cancel = clock.after(delayMs, () => {
      running = lookAndWait()
    })
  }
  wait(0)
  return {
    stop: async () => {
      stopped = true
      cancel?.()
      await running
      try {
        await ports.alerts.leave(token)
      } catch {
        // Then the right to look ends by itself.
      }
    },
  }
}
