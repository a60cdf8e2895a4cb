import { sampleDefaults, sampleLines } from '@segue/dev'
import { setTimeout as sleep } from 'node:timers/promises'
import { startClient } from '../client/client.ts'
import { orderFree } from '../client/order-free.ts'
import type { Place } from '../system/places.ts'
import { shareOf, takeOversOf } from '../watch/take-over.ts'
import { watchRedis, type Watch } from '../watch/watch-redis.ts'
import { partitionCount, startBareSystem, type BareSystem } from './bare-system.ts'

/** What hand-over costs under a steady load; milliseconds. */
export interface MovesMeasured {
  readonly updatesPerSecond: number
  /** Of each partition of a worker that was killed: until another owned it, and until that one's first commit. */
  readonly takenOver: readonly number[]
  readonly firstCommit: readonly number[]
  /** Of each worker that joined: from the start of its process until it owned its share. */
  readonly shares: readonly number[]
  /** Of each join and each leave: the longest time in which a partition had input and committed nothing. */
  readonly joinPauses: readonly number[]
  readonly leavePauses: readonly number[]
}

const processorCount = 3
const updatesPerSecond = 2_000
const watchEveryMs = 10
const cycles = 5
/** Long enough for everything to move. */
const settledAfterMs = 7_000

/** Kills, starts and stops processors under load, one after the other, and looks at who owns what. */
export async function measureMoves(
  say: (line: string) => void,
  write: (line: string) => void,
  signal: AbortSignal,
): Promise<MovesMeasured> {
  const system = await startBareSystem(write)
  const watch = watchRedis(system.parts.redis.url, partitionCount, watchEveryMs)
  const ending = new AbortController()
  const load = streamSteadily(system, AbortSignal.any([signal, ending.signal]))
  try {
    return await runCycles(system, watch, say, signal)
  } finally {
    ending.abort()
    await load
    await watch.stop()
    await system.parts.stop()
  }
}

async function runCycles(
  system: BareSystem,
  watch: Watch,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<MovesMeasured> {
  const takenOver: number[] = []
  const firstCommit: number[] = []
  const shares: number[] = []
  const joinPauses: number[] = []
  const leavePauses: number[] = []
  const settle = (): Promise<void> => sleep(settledAfterMs, undefined, { signal })
  const place = (index: number): Place => system.place(`processor-${index}`)
  let places = Array.from({ length: processorCount }, (_, index) => place(index + 1))
  await Promise.all(places.map((one) => one.start()))
  await settle()
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const [leaving, dying, ...others] = places
    if (leaving === undefined || dying === undefined) break
    const joining = place(processorCount + 1 + cycle * 2)
    const joinedMs = Date.now()
    await joining.start()
    await settle()
    const share = shareOf({ worker: nameOf(joining), atMs: joinedMs }, watch.progress.moves())
    shares.push(share?.tookMs ?? Infinity)
    joinPauses.push(watch.progress.longest(joinedMs).one.ms)

    const leftMs = Date.now()
    await leaving.stop()
    await settle()
    leavePauses.push(watch.progress.longest(leftMs).one.ms)

    const killed = {
      worker: nameOf(dying),
      atMs: Date.now(),
      owners: watch.progress.owners(),
    }
    await dying.kill9()
    await settle()
    await settle()
    const lost = takeOversOf(killed, watch.progress.moves())
    takenOver.push(...lost.map(({ movedMs }) => movedMs))
    firstCommit.push(...lost.flatMap(({ committedMs }) => committedMs ?? []))
    const next = place(processorCount + 2 + cycle * 2)
    await next.start()
    await settle()
    places = [...others, joining, next]
    say(
      `  cycle ${cycle + 1}: ${lost.length} partitions taken over within ${Math.max(0, ...takenOver.slice(-lost.length))} ms; share of ${share?.partitions ?? 0} after ${shares.at(-1)} ms; pauses ${joinPauses.at(-1)} ms and ${leavePauses.at(-1)} ms`,
    )
  }
  return { updatesPerSecond, takenOver, firstCommit, shares, joinPauses, leavePauses }
}

function nameOf(place: Place): string {
  return place.part()?.name ?? ''
}

/** Streams until it is told to end; the same people over and over. */
async function streamSteadily(system: BareSystem, signal: AbortSignal): Promise<void> {
  const baseTimeMs = Date.now()
  const client = startClient({
    gateways: () => [system.gateway.url()],
    token: system.gateway.token,
    updatesPerSecond,
    linesPerRequest: 100,
    keeps: false,
    signal,
  })
  const lines = orderFree(
    sampleLines({ ...sampleDefaults, seed: 1, profiles: 5_000, updates: 20_000, baseTimeMs }),
    baseTimeMs,
  )
  try {
    while (!signal.aborted) await client.stream(lines)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
