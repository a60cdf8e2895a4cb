import {
  expectSuccess,
  httpJson,
  prepareParts,
  readStatus,
  sandboxIsIdle,
  sandboxMembers,
  seedPeople,
  type Gateway,
  type Members,
  type Parts,
  type SandboxReady,
  type Status,
} from '@segue/dev'
import { setTimeout as sleep } from 'node:timers/promises'
import { gatewayCount, processorCount } from '../plan/fault.ts'
import { activateAll } from './activate-all.ts'
import {
  gatewayPlace,
  processorPlace,
  type GatewayPlace,
  type Place,
  type PlaceEvents,
} from './places.ts'

export interface ChaosSystemOptions {
  readonly partitionCount: number
  /** `namespace:id` of what is activated to every solution. */
  readonly segments: readonly string[]
  readonly people: Parameters<typeof seedPeople>[1]
  readonly activationDelayMs: number
  /** Gets every line that a program writes. */
  readonly write: (line: string) => void
  readonly events: PlaceEvents
}

/** Three processors, two gateways, a Redis and the six solutions, each in a process of its own. */
export interface ChaosSystem {
  readonly parts: Parts
  /** One more than there are: the last is empty. */
  readonly processors: readonly Place[]
  readonly gateways: readonly GatewayPlace[]
  readonly status: () => Promise<Status>
  /** Waits until nothing is under way, here and at the solutions. @returns false where that is not so after `withinMs` */
  readonly untilIdle: (withinMs: number, signal: AbortSignal) => Promise<boolean>
  /** What is known of a profile, as the gateway shows it. */
  readonly profile: (profileKey: string) => Promise<unknown>
  readonly members: () => Promise<ReadonlyMap<string, Members>>
  /** Lets all calls to a solution be answered so; undefined: as they should be. */
  readonly answer: (solution: string, answer: string | undefined) => Promise<void>
  /** What a solution was told that it had been told already, and what came behind something newer. */
  readonly repeats: () => Promise<Repeats>
  readonly stop: () => Promise<void>
}

/** Lines of Advertising Cloud's stream: each names membership, identity and the revision's time, so that a second one can be told. */
export interface Repeats {
  readonly lines: number
  readonly doubled: number
  readonly olderAfterNewer: number
}

const idlePollMs = 400

/** Starts everything and activates the segments. What was started is stopped where that fails. */
export async function startChaosSystem(options: ChaosSystemOptions): Promise<ChaosSystem> {
  const parts = await prepareParts({
    partitionCount: options.partitionCount,
    // What is acknowledged is on disk: what Redis loses by its own settings is no loss of ours, and none is to hide behind it.
    redisSettings: { appendfsync: 'always' },
    adapterSettings: { 'audience-manager': { maxBatchAgeInSecs: 1 } },
    // The sandbox's own doubles would hide ours.
    sandboxSettings: { advertisingCloud: { duplicatePercent: 0 }, journalEntries: 1_000 },
    processorSettings: { SEGUE_LOG_LEVEL: 'info' },
    write: options.write,
  })
  try {
    return await startWith(parts, options)
  } catch (error) {
    await parts.stop()
    throw error
  }
}

async function startWith(parts: Parts, options: ChaosSystemOptions): Promise<ChaosSystem> {
  const sandbox = await parts.startSandbox()
  const gateways = numbered('gateway', gatewayCount).map((name) =>
    gatewayPlace(parts, name, options.events),
  )
  // One after the other: the first makes the token that all of them know.
  for (const gateway of gateways) await gateway.start()
  const processors = numbered('processor', processorCount + 1).map((name) =>
    processorPlace(parts, name, options.events),
  )
  await seedPeople(sandbox.control, options.people)
  await activateAll(reachable(gateways), options)
  await Promise.all(processors.slice(0, processorCount).map((one) => one.start()))
  const status = (): Promise<Status> => firstAnswer(gateways, readStatus)
  return {
    parts,
    processors,
    gateways,
    status,
    untilIdle: (withinMs, signal) => untilIdle(status, sandbox, withinMs, signal),
    profile: (profileKey) =>
      firstAnswer(gateways, async ({ url, token }) => {
        const path = profileKey.replace(':', '/')
        return (await httpJson('GET', `${url}/v1/profiles/${path}`, { token })).body
      }),
    members: () => sandboxMembers(sandbox.control),
    answer: async (solution, answer) => {
      const plan = answer === undefined ? [] : { rate: 1, answers: [answer] }
      const body = JSON.stringify({ [solution]: plan })
      const url = `${sandbox.control}/control/faults`
      expectSuccess('the sandbox', await httpJson('POST', url, { body }))
    },
    repeats: () => repeatsOf(sandbox),
    stop: parts.stop,
  }
}

function numbered(role: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${role}-${index + 1}`)
}

function reachable(gateways: readonly GatewayPlace[]): Gateway {
  const [gateway] = gateways
  return { url: gateway?.url() ?? '', token: gateway?.token() ?? '' }
}

/** Asks one gateway after the other: one of them may be away. */
async function firstAnswer<Answer>(
  gateways: readonly GatewayPlace[],
  ask: (gateway: Gateway) => Promise<Answer>,
): Promise<Answer> {
  let last: unknown
  for (const gateway of gateways) {
    try {
      return await ask({ url: gateway.url(), token: gateway.token() })
    } catch (error) {
      last = error
    }
  }
  throw last
}

async function untilIdle(
  status: () => Promise<Status>,
  sandbox: SandboxReady,
  withinMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const deadlineMs = Date.now() + withinMs
  const isIdle = async (): Promise<boolean> =>
    (await status()).idle && (await sandboxIsIdle(sandbox.control))
  // Twice in a row, since what one part finishes another may take up.
  for (let quiet = 0; quiet < 2;) {
    if (Date.now() > deadlineMs) return false
    quiet = (await isIdle().catch(() => false)) ? quiet + 1 : 0
    if (quiet < 2) await sleep(idlePollMs, undefined, { signal })
  }
  return true
}

async function repeatsOf(sandbox: SandboxReady): Promise<Repeats> {
  const { body } = await httpJson<{ readonly lines: Readonly<Record<string, number>> }>(
    'GET',
    `${sandbox.advertisingCloud.firehoseUrl}/dsp/lines`,
  )
  const { lines } = body
  return {
    lines: Object.values(lines).reduce((sum, count) => sum + count, 0),
    doubled: lines['repeated'] ?? 0,
    olderAfterNewer: lines['stale'] ?? 0,
  }
}
