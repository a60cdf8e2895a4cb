import { withDeadline } from '../with-deadline.ts'

/** A value that is looked up again from time to time, when it is asked for. */
export interface Kept<Value> {
  /** @param afterMs what was looked up before this time will not do: something is known to have changed then */
  readonly get: (afterMs?: number) => Promise<Value>
  /** What is known counts no more: the next one who asks waits for a look-up. */
  readonly forget: () => void
}

export interface KeptOptions {
  /** Milliseconds for which a value counts without another look, from the beginning of the look-up. */
  readonly freshMs: number
  /** Milliseconds for which it counts while looking fails. */
  readonly staleMs: number
  readonly nowMs?: () => number
}

/** Who could be answered from what is known does not wait longer for a look-up. */
const patienceMs = 100

/** All who ask at once look together. */
export function createKept<Value>(look: () => Promise<Value>, options: KeptOptions): Kept<Value> {
  const { freshMs, staleMs, nowMs = Date.now } = options
  let known: { readonly value: Value; readonly sinceMs: number } | undefined
  let looking: { readonly value: Promise<Value>; readonly sinceMs: number } | undefined

  const start = (): typeof looking => {
    const sinceMs = nowMs()
    const value = look().then(
      (found) => {
        // Who was told to forget meanwhile does not learn what was true before.
        if (looking === mine) {
          known = { value: found, sinceMs }
          looking = undefined
        }
        return found
      },
      (error: unknown) => {
        if (looking === mine) looking = undefined
        throw error
      },
    )
    const mine = { value, sinceMs }
    return mine
  }

  return {
    get: async (afterMs = -Infinity) => {
      const before = known
      const ageMs = before === undefined ? Infinity : nowMs() - before.sinceMs
      const isLate = before !== undefined && before.sinceMs > afterMs
      if (isLate && ageMs < freshMs) return before.value
      if (looking === undefined || looking.sinceMs <= afterMs) looking = start()
      const { value } = looking!
      if (!isLate || ageMs >= staleMs) return value
      return withDeadline(value, patienceMs).catch(() => before.value)
    },
    forget: () => {
      known = undefined
      looking = undefined
    },
  }
}
