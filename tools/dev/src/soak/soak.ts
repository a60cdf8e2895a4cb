import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { readStatus, type Gateway } from '../launch/gateway.ts'
import { expectSuccess, httpJson } from '../launch/http-json.ts'
import { solutions } from '../launch/run.ts'
import { sandboxIsIdle, seedPeople } from '../launch/sandbox.ts'
import { connect, createFlow, entitle, registerSegments } from '../launch/set-up.ts'
import { prepareParts, type Part, type Parts } from '../system/parts.ts'
import { soakLoad, type SoakLoad } from './load.ts'
import { sampler, type SoakSample } from './samples.ts'

export interface SoakOptions {
  readonly minutes: number
  readonly updatesPerSecond: number
  readonly seed: number
  readonly told: (line: string) => void
  readonly sampled: (sample: SoakSample) => void
  readonly signal: AbortSignal
}

export interface SoakReport {
  readonly accepted: number
  /** Answers other than 202: each was sent again. */
  readonly refused: number
  readonly faults: number
  readonly before: SoakSample
  readonly after: SoakSample
}

const people = 2_000
const warmUpSecs = 60
const sampleEverySecs = 15
/** So long a solution is out of order, and so long all are well before the next. */
const faultSecs = 20
const idleWithinMs = 300_000
/** What was told is remembered for two minutes at most, for a store that lost it; what is held beyond that is held for good. */
const restMs = 130_000
const segments = ['soak-a', 'soak-b', 'soak-c', 'soak-d']
/** A little is held for a solution, so that outages go over the bound too. */
const backlogRowsMax = '2000'

/**
 * Streams steadily to a whole Segue in processes of its own, with memberships that expire and solutions that fail in turn, and
 * samples what is held in memory. The first sample is of a system that has done all of that for a minute and has rested; so is the last.
 */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const probe = fileURLToPath(new URL('heap-probe.ts', import.meta.url))
  process.env['NODE_OPTIONS'] = `--expose-gc --import=${probe}`
  const heard: { by?: (line: string) => void } = {}
  const parts = await prepareParts({
    processorSettings: { SEGUE_BACKLOG_MAX_ROWS: backlogRowsMax },
    adapterSettings: { 'audience-manager': { maxBatchAgeInSecs: 2 } },
    sandboxSettings: { journalEntries: 1_000 },
    write: (line) => heard.by?.(line),
  })
  try {
    const system = await startSystem(parts, options.seed)
    const { gateway, processor } = system
    const samples = sampler(parts, {
      gateway: gateway.part.processId,
      processor: processor.processId,
    })
    heard.by = samples.heard
    try {
      return await soakSystem(system, samples, options)
    } finally {
      samples.close()
    }
  } finally {
    await parts.stop()
  }
}

interface SoakSystem {
  readonly gateway: Gateway & { readonly part: Part }
  readonly processor: Part
  readonly control: string
  readonly load: SoakLoad
}

async function startSystem(parts: Parts, seed: number): Promise<SoakSystem> {
  const sandbox = await parts.startSandbox()
  const gateway = await parts.startGateway()
  const load = soakLoad(people, segments, seed)
  await seedPeople(sandbox.control, {
    marketo: load.leads,
    campaign: load.leads.map(({ emailSHA256 }) => ({ emailSHA256 })),
  })
  const named = segments.map((segment) => `ups:${segment}`)
  await entitle(gateway, solutions)
  await registerSegments(gateway, new Map(named.map((one) => [one, one.replaceAll(/[:-]/g, ' ')])))
  const ends = await connect(gateway, { name: 'Soak', activationDelayMs: 1_000, solutions })
  await createFlow(gateway, 'Soak', ends, named)
  const processor = await parts.startProcessor('processor')
  return { gateway, processor, control: sandbox.control, load }
}

async function soakSystem(
  system: SoakSystem,
  samples: ReturnType<typeof sampler>,
  options: SoakOptions,
): Promise<SoakReport> {
  const startMs = performance.now()
  const atSecs = (): number => Math.round((performance.now() - startMs) / 1_000)
  const counts = { accepted: 0, refused: 0, faults: 0 }
  const stream = async (secs: number, sampling: boolean): Promise<void> => {
    const endSecs = atSecs() + secs
    let nextSample = atSecs() + sampleEverySecs
    for (let turn = 0; atSecs() < endSecs && !options.signal.aborted; turn += 1) {
      const dueMs = performance.now() + 1_000
      if (turn % faultSecs === 0) counts.faults += await turnFaults(system, turn / faultSecs)
      await send(system, options.updatesPerSecond, counts)
      if (sampling && atSecs() >= nextSample) {
        nextSample += sampleEverySecs
        options.sampled(await samples.take(atSecs()))
      }
      await sleep(Math.max(0, dueMs - performance.now()))
    }
    await plan(system, Object.fromEntries(solutions.map((solution) => [solution, []])))
  }

  options.told(`warming up for ${warmUpSecs} s`)
  await stream(warmUpSecs, false)
  await untilIdle(system)
  await sleep(restMs, undefined, { signal: options.signal }).catch(() => {})
  const before = await samples.take(atSecs())
  options.sampled(before)
  await stream(options.minutes * 60, true)
  options.told('waiting until nothing is under way')
  await untilIdle(system)
  await sleep(restMs, undefined, { signal: options.signal }).catch(() => {})
  const after = await samples.take(atSecs())
  options.sampled(after)
  return { ...counts, before, after }
}

/** All is well in every other turn; between them one solution after another refuses everything. @returns faults planned */
async function turnFaults(system: SoakSystem, turn: number): Promise<number> {
  const all = Object.fromEntries(solutions.map((solution): [string, unknown] => [solution, []]))
  const isTurn = turn % 2 === 1
  const failing = solutions[Math.floor(turn / 2) % solutions.length]
  if (isTurn && failing !== undefined) all[failing] = { rate: 1, answers: ['500', '503', 'drop'] }
  await plan(system, all)
  return isTurn ? 1 : 0
}

async function plan({ control }: SoakSystem, plans: object): Promise<void> {
  const body = JSON.stringify(plans)
  expectSuccess('the sandbox', await httpJson('POST', `${control}/control/faults`, { body }))
}

async function send(
  { gateway, load }: SoakSystem,
  count: number,
  counts: { accepted: number; refused: number },
): Promise<void> {
  const body = load.lines(count, Date.now()).join('\n')
  const { url, token } = gateway
  for (;;) {
    const { status } = await httpJson('POST', `${url}/v1/profiles`, {
      token,
      contentType: 'application/x-ndjson',
      body,
    })
    if (status === 202) break
    counts.refused += 1
    await sleep(1_000)
  }
  counts.accepted += count
}

async function untilIdle({ gateway, control }: SoakSystem): Promise<void> {
  const deadlineMs = performance.now() + idleWithinMs
  for (let quiet = 0; quiet < 3;) {
    if (performance.now() > deadlineMs) throw new Error('something is still under way')
    await sleep(1_000)
    const idle = (await readStatus(gateway)).idle && (await sandboxIsIdle(control))
    quiet = idle ? quiet + 1 : 0
  }
}
