import type { Chance } from '../time/chance.ts'
import type { Time } from '../time/time.ts'
import type { Host } from './host.ts'

/** How the network between processes and the store behaves. May be changed while it runs. */
export interface Weather {
  /** How often a call is lost before it is carried out. */
  lost: number
  /** How often its answer is. */
  answerLost: number
  /** How often it is given up, and carried out later all the same. */
  late: number
  /** The longest that a call or an answer travels, ms; most travel much shorter. */
  latencyMs: number
}

export const fair: Weather = { lost: 0, answerLost: 0, late: 0, latencyMs: 2 }

/** Calls of processes to the store. */
export interface Network {
  readonly weather: Weather
  /** @param run carries the call out, at the store */
  readonly call: <Result>(
    host: Host,
    what: string,
    run: () => Promise<Result> | Result,
  ) => Promise<Result>
  /** Something that the store tells by itself. */
  readonly push: (host: Host, happen: () => void) => void
  /** All connections break, those of one host or all: what is under way is lost, or its answer is. */
  readonly breakAll: (host?: Host) => void
  /** The host is gone: some of what it sent last comes through all the same. */
  readonly forget: (host: Host) => void
  /** The store is away until it is back: calls are refused. */
  readonly setAway: (away: boolean) => void
  readonly reconnected: Set<(host: Host | undefined) => void>
}

interface Pending {
  readonly host: Host
  readonly fail: (error: Error) => void
  over: boolean
}

/** A process gives a call up after this long. */
const giveUpMs = 5_000
/** A call that was given up comes to the store at most this much later. */
const lateMs = 20_000

export function createNetwork(time: Time, chance: Chance, note: (what: string) => void): Network {
  const weather: Weather = { ...fair }
  const pending = new Set<Pending>()
  const reconnected = new Set<(host: Host | undefined) => void>()
  /** When the newest call of a host comes to the store, and the newest answer back: a connection keeps their order. */
  const arrivals = new Map<Host, number>()
  const answers = new Map<Host, number>()
  /** When a host's connection is there again, or every host's (undefined): nothing is carried out before. */
  const connectedMs = new Map<Host | undefined, number>()
  let isAway = false

  const inOrder = (order: Map<Host, number>, host: Host): number => {
    const dueMs = time.now() + chance.skewed(0.05, weather.latencyMs)
    const readyMs = Math.max(connectedMs.get(host) ?? 0, connectedMs.get(undefined) ?? 0)
    const atMs = Math.max(dueMs, readyMs + 0.001, (order.get(host) ?? 0) + 0.001)
    order.set(host, atMs)
    return atMs - time.now()
  }
  const call: Network['call'] = (host, what, run) =>
    new Promise((resolve, reject) => {
      const own: Pending = { host, fail: reject, over: false }
      pending.add(own)
      const end = (how: () => void): void => {
        host.reach(() => {
          if (own.over) return
          own.over = true
          pending.delete(own)
          how()
        })
      }
      const giveUp = (afterMs: number, why: string): void => {
        time.after(afterMs, () => end(() => reject(new Error(`${what}: ${why}`))))
      }
      const carryOut = (answer: (result: Awaited<ReturnType<typeof run>>) => void): void => {
        note(`${host.name} ${what}`)
        Promise.resolve(run()).then(answer, (error: unknown) => {
          giveUp(0.1, error instanceof Error ? error.message : 'failed')
        })
      }
      const fate = chance.number()
      if (isAway) {
        giveUp(chance.skewed(0.1, 50), 'refused')
      } else if (fate < weather.lost) {
        note(`${host.name} ${what} lost`)
        giveUp(chance.skewed(1, giveUpMs), 'timed out')
      } else if (fate < weather.lost + weather.answerLost) {
        time.after(inOrder(arrivals, host), () => {
          if (isAway || own.over) return
          carryOut(() => note(`${host.name} ${what} answer lost`))
        })
        giveUp(chance.skewed(5, giveUpMs), 'timed out')
      } else if (fate < weather.lost + weather.answerLost + weather.late) {
        const givenUpMs = chance.skewed(1, giveUpMs)
        giveUp(givenUpMs, 'timed out')
        time.after(givenUpMs + chance.skewed(0, lateMs), () => {
          if (!isAway) carryOut(() => note(`${host.name} ${what} came late`))
        })
      } else {
        time.after(inOrder(arrivals, host), () => {
          // The connection broke under it, or the process is gone with it.
          if (own.over) return
          carryOut((result) => {
            time.after(inOrder(answers, host), () => end(() => resolve(result)))
          })
        })
      }
    })
  return {
    weather,
    call,
    push: (host, happen) => {
      time.after(inOrder(answers, host), () => host.reach(happen))
    },
    breakAll: (only) => {
      for (const one of pending) {
        if (only !== undefined && one.host !== only) continue
        pending.delete(one)
        one.over = true
        time.after(chance.skewed(0.1, 100), () =>
          one.host.reach(() => one.fail(new Error('connection broke'))),
        )
      }
      const againMs = chance.skewed(1, 1_000)
      connectedMs.set(only, time.now() + againMs)
      // Before anything that is called over it is carried out, as a client does.
      time.after(againMs, () => {
        for (const again of reconnected) again(only)
      })
    },
    forget: (host) => {
      for (const one of pending) {
        if (one.host !== host) continue
        pending.delete(one)
        one.over = chance.happens(0.5)
      }
    },
    setAway: (away) => {
      isAway = away
    },
    reconnected,
  }
}
