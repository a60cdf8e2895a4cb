import type { AlarmClock } from '../../ports/clock.ts'

/** Time that passes when a test says so. */
export interface SimulatedClock extends AlarmClock {
  /**
   * Lets `ms` pass. Each alarm on the way rings at its own time, and what it wakes runs until it waits again before time
   * goes on; so an alarm that is set meanwhile and falls into the same `ms` rings too.
   * @throws Error where alarms go on ringing and time stands still
   */
  readonly advance: (ms: number) => Promise<void>
}

/** Alarms that may ring at one and the same time. */
const alarmsAtOnceLimit = 100_000

interface Alarm {
  readonly dueMs: number
  readonly wake: () => void
}

/** @param startMs epoch milliseconds */
export function simulatedClock(startMs: number): SimulatedClock {
  let nowMs = startMs
  /** The soonest first; of the same time the one that was set first. */
  const alarms: Alarm[] = []
  return {
    nowMs: () => nowMs,
    after: (delayMs, wake) => {
      const alarm = { dueMs: nowMs + Math.max(0, delayMs), wake }
      const later = alarms.findIndex((other) => other.dueMs > alarm.dueMs)
      alarms.splice(later < 0 ? alarms.length : later, 0, alarm)
      return () => {
        const at = alarms.indexOf(alarm)
        if (at >= 0) alarms.splice(at, 1)
      }
    },
    advance: async (ms) => {
      const untilMs = nowMs + ms
      let ringing = 0
      await allWaiting()
      for (
        let alarm = alarms[0];
        alarm !== undefined && alarm.dueMs <= untilMs;
        alarm = alarms[0]
      ) {
        ringing = alarm.dueMs > nowMs ? 0 : ringing + 1
        if (ringing > alarmsAtOnceLimit) {
          throw new Error(
            `simulated time stands still at ${nowMs}: alarms set alarms with no delay`,
          )
        }
        alarms.shift()
        nowMs = Math.max(nowMs, alarm.dueMs)
        alarm.wake()
        await allWaiting()
      }
      nowMs = Math.max(nowMs, untilMs)
    },
  }
}

/** Settles when every promise that could go on has gone on: in memory nothing else is ever waited for. */
function allWaiting(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
