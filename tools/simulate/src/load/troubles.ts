import { handOverMs, takeOverMs } from '../check/partition-checks.ts'
import { fair } from '../net/network.ts'
import type { RunningWorker, World } from '../world.ts'
import { goodManners } from './simulated-solution.ts'
import type { Trouble } from './plan.ts'

/** What goes wrong, on a schedule of its own for each kind of trouble, so that troubles overlap. */
export interface Troubles {
  /** Everything works again, and somebody sees to it that workers run. */
  readonly end: () => void
}

/** Whoever died is started again within this time. */
const restartMs = 20_000
/** Between two of a kind, ms, on average about a quarter of this. */
const everyMs: Partial<Record<Trouble, number>> = {
  crashes: 60_000,
  pauses: 60_000,
  leaves: 60_000,
  joins: 60_000,
  breaks: 30_000,
  storeAway: 80_000,
  failovers: 120_000,
  outages: 60_000,
  misconfigured: 90_000,
  countersDeleted: 60_000,
  skew: 20_000,
}

export function startTroubles(world: World): Troubles {
  const { time, plan, network, history, workers, checks, scene } = world
  const { does } = plan
  const chance = world.chance.apart('troubles')
  const { solutions } = scene
  let isOver = false

  // Where anything but a hand-over goes on, nothing is said of how long steps pause.
  const isCalm = !unruly.some((trouble) => does[trouble])
  if (!isCalm) checks.partitions.excuse(Infinity)

  if (does.lostCalls) {
    network.weather.lost = chance.skewed(0, 0.03)
    network.weather.answerLost = chance.skewed(0, 0.03)
    network.weather.late = chance.skewed(0, 0.02)
  }
  if (does.slowCalls) network.weather.latencyMs = chance.pick([20, 200, 2_000])
  for (const { manners } of solutions) {
    if (does.answersLost) manners.answerLost = chance.skewed(0, 0.3)
    if (does.rowRetries) manners.rowRetry = chance.skewed(0, 0.15)
    if (does.acceptedLost) manners.acceptedLost = chance.pick([0.05, 0.2, 0.5])
    if (does.rateLimits) manners.tooMany = chance.skewed(0, 0.3)
    manners.latencyMs = chance.pick([20, 80, 1_000, 6_000])
  }

  const live = (): RunningWorker[] => [...workers].filter(({ isStopping }) => !isStopping)
  const restart = (): void => {
    time.after(chance.skewed(10, restartMs), () => {
      if (!isOver) world.startWorker()
    })
  }
  const crash = (): void => {
    const all = [...workers]
    if (all.length === 0) return
    const one = chance.pick(all)
    history.tell(`${one.host.name} dies`)
    checks.partitions.excuse(takeOverMs - handOverMs)
    world.kill(one)
    // Until somebody runs again there is nobody to take over.
    const runs = live().some(({ worker }) => worker !== undefined)
    if (!runs) checks.partitions.excuse(restartMs + takeOverMs)
    restart()
  }
  const pause = (): void => {
    const all = [...workers].filter(({ host }) => !host.isPaused())
    if (all.length === 0) return
    const { host } = chance.pick(all)
    const ms = chance.pick([chance.whole(100, 4_000), chance.whole(5_000, 60_000)])
    history.tell(`${host.name} is stopped for ${ms} ms`)
    host.pause()
    time.after(ms, () => {
      if (!host.isPaused() || host.isGone()) return
      history.tell(`${host.name} wakes`)
      host.wake()
    })
  }
  const away = (lose?: () => void): void => {
    history.tell(lose === undefined ? 'the store goes' : 'the store fails over, and loses its tail')
    network.setAway(true)
    network.breakAll()
    scene.queues.forgetWaiting()
    lose?.()
    time.after(chance.skewed(200, 15_000), () => {
      history.tell('the store is back')
      network.setAway(false)
      network.breakAll()
    })
  }
  const failover = (): void => {
    const lose = world.remember()
    const lagMs = chance.skewed(1, 2_000)
    time.after(lagMs, () => {
      if (!isOver) away(lose)
    })
  }
  const outage = (): void => {
    const { kind, manners } = chance.pick(solutions)
    const ms = chance.skewed(500, 60_000)
    history.tell(`${kind.name} is out of order for ${Math.round(ms)} ms`)
    manners.isOut = true
    time.after(ms, () => {
      manners.isOut = false
    })
  }
  const misconfigure = (): void => {
    const { kind, manners } = chance.pick(solutions)
    history.tell(`a setting of ${kind.name} is wrong`)
    manners.isMisconfigured = true
    time.after(chance.whole(1_000, 30_000), () => {
      manners.isMisconfigured = false
    })
  }
  const deleteCounterpart = (): void => {
    const solution = chance.pick(solutions)
    const segments = solution.segments()
    if (segments.length === 0) return
    const segment = chance.pick(segments)
    history.tell(`somebody deletes ${segment} at ${solution.kind.name}`)
    solution.deleteCounterpart(segment)
  }
  const happen: Partial<Record<Trouble, () => void>> = {
    crashes: crash,
    pauses: pause,
    leaves: () => {
      if (live().length < 2) return
      const one = chance.pick(live())
      world.stop(one)
      restart()
    },
    joins: () => {
      if (workers.size < 5) world.startWorker()
    },
    breaks: () => {
      const one = workers.size > 0 ? chance.pick([...workers]).host : undefined
      const whom = chance.happens(0.7) ? one : undefined
      history.tell(`connections of ${whom?.name ?? 'all'} break`)
      network.breakAll(whom)
    },
    storeAway: () => away(),
    failovers: failover,
    outages: outage,
    misconfigured: misconfigure,
    countersDeleted: deleteCounterpart,
    skew: () => {
      for (const { host } of workers) host.setClock(chance.whole(-300_000, 300_000))
    },
  }
  for (const [trouble, act] of Object.entries(happen)) {
    if (!isTrouble(trouble) || !does[trouble]) continue
    const again = (): void => {
      if (isOver) return
      act()
      time.after(chance.skewed(50, everyMs[trouble] ?? 60_000), again)
    }
    time.after(chance.skewed(1_000, everyMs[trouble] ?? 60_000), again)
  }
  return {
    end: () => {
      isOver = true
      history.tell('nothing goes wrong any more')
      Object.assign(network.weather, fair)
      network.setAway(false)
      for (const { manners } of solutions) Object.assign(manners, goodManners)
      for (const { host } of workers) if (host.isPaused()) host.wake()
      if (live().length === 0) world.startWorker()
    },
  }
}

/** Beside these, hand-overs keep their time. */
const unruly: readonly Trouble[] = [
  'lostCalls',
  'slowCalls',
  'breaks',
  'storeAway',
  'failovers',
  'pauses',
]

function isTrouble(name: string): name is Trouble {
  return name in everyMs
}
