import { httpJson, sampleDefaults, sampleLines, sampleSegments, type Parts } from '@segue/dev'
import { setTimeout as sleep } from 'node:timers/promises'
import { medianOf } from '../report.ts'
import { activateAll } from '../system/activate-all.ts'
import type { Place } from '../system/places.ts'
import { watchRedis } from '../watch/watch-redis.ts'
import { partitionCount, startBareSystem, type BareSystem } from './bare-system.ts'
import { cpuMsOf } from './cpu-time.ts'

/** What one number of processors used for the same log. */
export interface StepCost {
  readonly processors: number
  /** Whether every change was routed to six solutions, into the outbox; nobody delivers it. */
  readonly routed: boolean
  /** CPU seconds of all of them together a million updates, median of the runs, and each run. */
  readonly cpuSecondsPerMillion: number
  readonly runs: readonly number[]
  /** Updates a second, median. */
  readonly updatesPerSecond: number
}

const seed = 1
/** Stepped before anything is measured, by all processes together: each compiles its code, and for that it must run often enough. */
const warmUpUpdates = 1_000_000
const updates = 400_000
const profiles = 30_000
const linesPerRequest = 2_000
const runsEach = 3
const settledAfterMs = 7_000
const lookEveryMs = 50
const stepWithinMs = 120_000

/**
 * Lets one to four processors step the same log and reads their CPU time. The log is filled once, without processors, kept, and put
 * back for each run when they are ready and warm, so that neither their start nor the gateway counts, and every run reads the same
 * batches.
 *
 * @param routed with a flow of every segment to every solution; rows reach the outbox and stay there
 */
export async function measureStepCost(
  routed: boolean,
  say: (line: string) => void,
  write: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly StepCost[]> {
  const system = await startBareSystem(write, 'stream')
  try {
    if (routed) await route(system)
    const lines = sampleLines({
      ...sampleDefaults,
      seed,
      profiles,
      updates: warmUpUpdates + updates,
      duplicateShare: 0,
      baseTimeMs: Date.now(),
    })
    await fill(system, lines, warmUpUpdates)
    const warmUp = await keep(system.parts)
    await fill(system, lines, updates)
    const all = await keep(system.parts)
    await system.gateway.stop()
    const kept = {
      others: all.filter((one) => !isLog(one)),
      warmUp: warmUp.filter(isLog),
      logs: all.filter(isLog),
    }
    const runs = new Map<number, { cpuMs: number; tookMs: number }[]>()
    for (let run = 0; run < runsEach; run += 1) {
      // Alternating, so that what else the machine does hits all of them.
      for (const count of [1, 2, 3, 4]) {
        signal.throwIfAborted()
        const measured = await runOnce(system, kept, count, run, signal)
        runs.set(count, [...(runs.get(count) ?? []), measured])
        say(
          `  ${count} processors: ${(measured.cpuMs / 1_000).toFixed(2)} CPU s, ${Math.round((updates * 1_000) / measured.tookMs)} updates/s`,
        )
      }
    }
    return Array.from(runs, ([processors, own]) => {
      const seconds = own.map(({ cpuMs }) => (cpuMs * 1_000) / updates)
      return {
        processors,
        routed,
        cpuSecondsPerMillion: medianOf(seconds),
        runs: seconds,
        updatesPerSecond: medianOf(own.map(({ tookMs }) => (updates * 1_000) / tookMs)),
      }
    })
  } finally {
    await system.parts.stop()
  }
}

function route({ gateway }: BareSystem): Promise<void> {
  const segments = sampleSegments(seed, sampleDefaults.segments)
  return activateAll(
    { url: gateway.url(), token: gateway.token() },
    {
      segments: segments.map(({ namespace, id }) => `${namespace}:${id}`),
      activationDelayMs: 10_000,
    },
  )
}

/** Sends the next `count` lines. */
async function fill(
  { gateway }: BareSystem,
  from: Generator<string, void>,
  count: number,
): Promise<void> {
  let lines: string[] = []
  const flush = async (): Promise<void> => {
    const answer = await httpJson('POST', `${gateway.url()}/v1/profiles`, {
      token: gateway.token(),
      contentType: 'application/x-ndjson',
      body: lines.join('\n'),
    })
    if (answer.status !== 202) throw new Error(`the gateway answered ${answer.status}`)
    lines = []
  }
  for (let sent = 0; sent < count; sent += 1) {
    const { value } = from.next()
    if (value === undefined) break
    lines.push(value)
    if (lines.length === linesPerRequest) await flush()
  }
  if (lines.length > 0) await flush()
}

/** Keys with their values, as Redis dumps them. */
type Dumped = readonly (readonly [key: string, value: Buffer])[]

/** A filled Redis: its logs as far as processes are warmed up with, whole ones, and all other keys. */
interface Kept {
  readonly others: Dumped
  readonly warmUp: Dumped
  readonly logs: Dumped
}

async function keep({ redis }: Parts): Promise<Dumped> {
  const keys = await redis.client.keys('*')
  const kept: [string, Buffer][] = []
  for (const key of keys) {
    const value = await redis.client.dumpBuffer(key)
    if (value !== null) kept.push([key, value])
  }
  return kept
}

async function putBack({ redis }: Parts, kept: Dumped): Promise<void> {
  for (const [key, value] of kept) await redis.client.restore(key, 0, value, 'REPLACE')
}

const isLog = ([key]: Dumped[number]): boolean => key.endsWith(':log')

async function runOnce(
  system: BareSystem,
  kept: Kept,
  count: number,
  run: number,
  signal: AbortSignal,
): Promise<{ readonly cpuMs: number; readonly tookMs: number }> {
  const { parts } = system
  await parts.redis.client.flushall()
  await putBack(parts, kept.others)
  const places = Array.from({ length: count }, (_, index) =>
    system.place(`worker-${count}-${run}-${index}`),
  )
  await Promise.all(places.map((place) => place.start()))
  // Until everybody has its share.
  await sleep(settledAfterMs, undefined, { signal })
  try {
    await stepAll(parts, kept.warmUp, signal)
    const before = await cpuMsOfAll(places)
    const startMs = Date.now()
    await stepAll(parts, kept.logs, signal)
    return { cpuMs: (await cpuMsOfAll(places)) - before, tookMs: Date.now() - startMs }
  } finally {
    await Promise.all(places.map((place) => place.stop()))
  }
}

/** Puts logs back, and waits until all of them is committed. */
async function stepAll(parts: Parts, logs: Dumped, signal: AbortSignal): Promise<void> {
  await putBack(parts, logs)
  const watch = watchRedis(parts.redis.url, partitionCount, lookEveryMs)
  const deadlineMs = Date.now() + stepWithinMs
  try {
    while (watch.progress.waits() ?? true) {
      if (Date.now() > deadlineMs) throw new Error('the log was not stepped')
      await sleep(lookEveryMs, undefined, { signal })
    }
  } finally {
    await watch.stop()
  }
}

async function cpuMsOfAll(places: readonly Place[]): Promise<number> {
  const all = await Promise.all(places.map((place) => cpuMsOf(place.part()?.processId ?? 0)))
  return all.reduce((sum, ms) => sum + ms, 0)
}
