import type { AlarmClock } from '@segue/runtime'
import type { RedisConnection } from './connection.ts'
import { partitionCountKey } from './keys.ts'
import { timeAt } from './time-at.ts'

/** Redis' clock, as well as it is known here. */
export interface StoreClock extends AlarmClock {
  /** How far this machine's own clock is ahead of Redis', milliseconds; behind it: less than 0. */
  readonly skewMs: () => number
  /** Asks Redis something that it answers with its time, and keeps what that says. */
  readonly ask: <Answer>(
    question: () => Promise<Answer>,
    timeOf: (answer: Answer) => number,
  ) => Promise<Answer>
}

/** Clocks of one machine, milliseconds: one that nobody sets, and the time of day, which somebody may. */
export interface MachineClock {
  readonly monotonicMs: () => number
  readonly dateMs: () => number
}

const machine: MachineClock = {
  monotonicMs: () => performance.now(),
  dateMs: () => Date.now(),
}

/** A good oscillator strays by less than this a millisecond. What was measured long ago counts for less. */
const driftPerMs = 0.000_2

/**
 * Follows Redis' `TIME` by a clock that nobody sets: the machine's time of day may be wrong by minutes, or be set while this
 * runs, and changes nothing.
 *
 * An answer's time is that of some moment between question and answer, so it says the difference of both clocks up to half of that.
 * The closest answer counts, until drift has made it worse than a newer one, or one contradicts it: then Redis' clock was set, or
 * another Redis answers.
 */
export function createStoreClock(clocks: MachineClock = machine): StoreClock {
  let known: { readonly offsetMs: number; readonly errorMs: number; readonly atMs: number } = {
    offsetMs: clocks.dateMs() - clocks.monotonicMs(),
    errorMs: Number.POSITIVE_INFINITY,
    atMs: clocks.monotonicMs(),
  }
  const nowMs = (): number => Math.floor(clocks.monotonicMs() + known.offsetMs)
  return {
    nowMs,
    after: (delayMs, wake) => {
      const timer = setTimeout(wake, delayMs)
      return () => clearTimeout(timer)
    },
    skewMs: () => clocks.dateMs() - nowMs(),
    ask: async (question, timeOf) => {
      const askedMs = clocks.monotonicMs()
      const answer = await question()
      const atMs = clocks.monotonicMs()
      // Redis answers whole milliseconds, rounded down.
      const measured = {
        offsetMs: timeOf(answer) + 0.5 - (askedMs + atMs) / 2,
        errorMs: (atMs - askedMs) / 2 + 0.5,
        atMs,
      }
      const knownErrorMs = known.errorMs + (atMs - known.atMs) * driftPerMs
      const contradicts =
        Math.abs(measured.offsetMs - known.offsetMs) > measured.errorMs + knownErrorMs
      if (measured.errorMs <= knownErrorMs || contradicts) known = measured
      return answer
    },
  }
}

/** Asked this often, drift stays below two milliseconds. */
const askedEveryMs = 10_000

/**
 * Follows Redis' clock for a process that asks it nothing else at regular times.
 *
 * @returns once the time is known; `stop` ends the asking
 */
export async function followStoreClock(
  redis: RedisConnection,
): Promise<StoreClock & { readonly stop: () => void }> {
  const clock = createStoreClock()
  const ask = (): Promise<unknown> => clock.ask(() => timeAt(redis, partitionCountKey), storeTimeMs)
  await ask()
  const timer = setInterval(() => {
    // While Redis is away, what is known goes on counting.
    ask().catch(() => {})
  }, askedEveryMs)
  timer.unref()
  return { ...clock, stop: () => clearInterval(timer) }
}

/** Epoch milliseconds of Redis' answer to `TIME`. */
export function storeTimeMs([seconds, micros]: readonly unknown[]): number {
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000)
}
