import { setTimeout as sleep } from 'node:timers/promises'
import type { Gateway } from '../src/launch/gateway.ts'
import { expectSuccess, httpJson } from '../src/launch/http-json.ts'
import { solutions as allSolutions } from '../src/launch/run.ts'
import { sandboxIsIdle, sandboxMembers, type SandboxReady } from '../src/launch/sandbox.ts'
import type { Lead } from '../src/launch/scan-input.ts'
import { connect, createFlow, entitle, registerSegments } from '../src/launch/set-up.ts'
import { unbalancedBooks, type Books } from '../src/report.ts'
import { prepareParts, type Part, type Parts, type PartsOptions } from '../src/system/parts.ts'

export interface SystemOptions extends PartsOptions {
  /**
   * Flows by name, each with a connection of its own. They are made before the processor starts, because it learns of later
   * ones when it learns of them, and what is stepped until then goes by the old ones.
   */
  readonly dataflows: Readonly<Record<string, DataflowOfTest>>
}

interface DataflowOfTest {
  /** `namespace:id`, or the id alone where that is `ups`. */
  readonly segments: readonly string[]
  readonly activationDelayMs: number
  /** Default: all that are set up. */
  readonly solutions?: readonly string[]
}

/** What the gateway answers to updates. */
export interface PostAnswer {
  readonly status: number
  readonly body: {
    readonly accepted: number
    readonly rejected: readonly { readonly index: number; readonly code: string }[]
    readonly code?: string
  }
}

export interface SystemStatus {
  readonly idle: boolean
  readonly partitions: readonly {
    readonly owner: string | null
    readonly offset: string
    readonly lag: number
  }[]
  readonly queues: Readonly<
    Record<string, { readonly waiting: number; readonly active: number; readonly delayed: number }>
  >
  readonly memberships: { readonly realized: number; readonly exited: number }
  readonly books: Readonly<Record<string, Readonly<Record<string, Books>>>>
}

/** A request that a server of the sandbox had. */
export interface JournalEntry {
  readonly seq: number
  readonly atMs: number
  readonly operation: string
  readonly answer: string
  readonly applied: boolean
  readonly rows?: readonly number[]
}

/** Members by solution and segment, as the oracle has them, but for segments without any. */
export type MembersHeld = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

/** A whole Segue in processes of its own, on a Redis of its own, before a sandbox of its own. */
export interface System {
  readonly parts: Parts
  readonly gateway: Gateway
  readonly sandbox: SandboxReady
  readonly killGateway: () => Promise<void>
  /** The first processor. */
  readonly processor: Part
  /** The id of a flow, by its name. */
  readonly flow: (name: string) => string
  /** Makes Marketo and Campaign know people. @returns their lead ids */
  readonly know: (people: readonly Lead[]) => Promise<readonly number[]>
  /** Sends lines once, whatever the answer. */
  readonly post: (lines: readonly string[]) => Promise<PostAnswer>
  /** Sends lines in order, a hundred a request, each request until it is accepted. */
  readonly stream: (lines: readonly string[]) => Promise<void>
  readonly get: <Body>(path: string) => Promise<Body>
  /** With the books by the flows' names. */
  readonly status: () => Promise<SystemStatus>
  /** Waits until nothing is under way, here and in the sandbox. */
  readonly untilIdle: () => Promise<void>
  readonly members: () => Promise<MembersHeld>
  readonly plan: (faults: object) => Promise<void>
  readonly journal: (solution: string, operation?: string) => Promise<readonly JournalEntry[]>
  /** Sentences on books that do not balance; none when all do. */
  readonly imbalances: () => Promise<readonly string[]>
  readonly stop: () => Promise<void>
}

/** Campaign finds people by their address alone. */
const byAddress = ({ emailSHA256 }: Lead): object[] =>
  emailSHA256 === undefined ? [] : [{ emailSHA256 }]
const pollMs = 40
const againMs = 100
const linesPerRequest = 100

/** Longest wait for one condition: a busy machine is slow, not wrong. */
export const patienceMs = 90_000
/** Longest test, and longest start. */
export const limits = { testTimeout: 150_000, hookTimeout: 150_000 } as const

/** Waits until `holds`. @throws after `patienceMs`, naming what was waited for */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadlineMs = Date.now() + patienceMs
  let cause: unknown
  for (;;) {
    try {
      if (await holds()) return
    } catch (error) {
      // Whoever is asked may be away: that is what some of these tests are about.
      cause = error
    }
    if (Date.now() > deadlineMs) throw new Error(`waited in vain until ${what}`, { cause })
    await sleep(pollMs)
  }
}

/** Starts Redis, sandbox, gateway, and one processor named `first`. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const parts = await prepareParts(options)
  try {
    const [sandbox, gateway] = await Promise.all([parts.startSandbox(), parts.startGateway()])
    const flows = await setUpFlows(gateway, options.dataflows)
    const processor = await parts.startProcessor('first')
    const system = systemOf(parts, sandbox, gateway, processor, flows)
    // Each flow is owed its members. There are none; but whoever streams meanwhile would be found by both.
    await eventually('no backfill is under way', async () => {
      const { backfill } = (await system.status()).queues
      return backfill !== undefined && backfill.waiting + backfill.active + backfill.delayed === 0
    })
    return system
  } catch (error) {
    await parts.stop()
    throw error
  }
}

/**
 * Starts Redis, has it hold what it held in another system, and starts sandbox, gateway, and one processor named `first`.
 * @param flows ids of the flows by name
 */
export async function resumeSystem(
  options: PartsOptions,
  flows: Readonly<Record<string, string>>,
  fill: (client: Parts['redis']['client']) => Promise<void>,
): Promise<System> {
  const parts = await prepareParts(options)
  try {
    await fill(parts.redis.client)
    const [sandbox, gateway] = await Promise.all([parts.startSandbox(), parts.startGateway()])
    const processor = await parts.startProcessor('first')
    return systemOf(parts, sandbox, gateway, processor, new Map(Object.entries(flows)))
  } catch (error) {
    await parts.stop()
    throw error
  }
}

/** Connects and activates as somebody would, over HTTP. @returns ids of the flows by name */
async function setUpFlows(
  gateway: Gateway,
  wanted: SystemOptions['dataflows'],
): Promise<ReadonlyMap<string, string>> {
  const flows = new Map<string, string>()
  await entitle(gateway, allSolutions, Math.max(1, Object.keys(wanted).length))
  for (const [name, dataflow] of Object.entries(wanted)) {
    const { activationDelayMs, solutions = allSolutions } = dataflow
    const segments = dataflow.segments.map((one) => (one.includes(':') ? one : `ups:${one}`))
    await registerSegments(gateway, new Map(segments.map((segment) => [segment, nameOf(segment)])))
    const ends = await connect(gateway, { name, activationDelayMs, solutions })
    flows.set(name, await createFlow(gateway, name, ends, segments))
  }
  return flows
}

function nameOf(segment: string): string {
  return `Segment ${segment.replace(/^ups:/, '')}`.replaceAll(/[-:]/g, ' ')
}

function systemOf(
  parts: Parts,
  sandbox: SandboxReady,
  gateway: Gateway & { readonly part: Part },
  processor: Part,
  flows: ReadonlyMap<string, string>,
): System {
  const { url, token } = gateway
  const get = async <Body>(path: string): Promise<Body> => {
    const answer = await httpJson<Body>('GET', `${url}${path}`, { token })
    expectSuccess('the gateway', answer)
    return answer.body
  }
  const status = async (): Promise<SystemStatus> => {
    const answer = await get<SystemStatus>('/v1/status')
    const named = Array.from(flows, ([name, id]) => [name, answer.books[id] ?? {}] as const)
    return { ...answer, books: Object.fromEntries(named) }
  }
  const post = (lines: readonly string[]): Promise<PostAnswer> =>
    httpJson('POST', `${url}/v1/profiles`, {
      token,
      contentType: 'application/x-ndjson',
      body: lines.join('\n'),
    })
  const members = async (): Promise<MembersHeld> =>
    Object.fromEntries(
      Array.from(await sandboxMembers(sandbox.control), ([solution, bySegment]) => [
        solution,
        withoutEmpty(Array.from(bySegment, ([segment, ids]) => [segment, [...ids]])),
      ]),
    )
  return {
    parts,
    gateway,
    killGateway: () => gateway.part.kill9(),
    sandbox,
    processor,
    flow: (name) => {
      const id = flows.get(name)
      if (id === undefined) throw new Error(`there is no flow ${name}`)
      return id
    },
    know: async (leads) => {
      const answer = await httpJson<{ readonly marketo: { readonly ids: readonly number[] } }>(
        'POST',
        `${sandbox.control}/control/seed`,
        { body: JSON.stringify({ marketo: leads, campaign: leads.flatMap(byAddress) }) },
      )
      expectSuccess('the sandbox', answer)
      return answer.body.marketo.ids
    },
    post,
    stream: (lines) => streamLines(post, lines),
    get,
    status,
    untilIdle: async () => {
      let quiet = 0
      try {
        await eventually('all is idle', async () => {
          const idle = (await status()).idle && (await sandboxIsIdle(sandbox.control))
          quiet = idle ? quiet + 1 : 0
          // Twice in a row, since what one part finishes another may take up.
          return quiet === 2
        })
      } catch (cause) {
        const seen = JSON.stringify(await status().catch(String), undefined, 1)
        const lines = parts.logged().slice(-20).join('\n')
        throw new Error(`something is still under way: ${seen}\n${lines}`, { cause })
      }
    },
    members,
    plan: async (faults) => {
      const body = JSON.stringify(faults)
      const answer = await httpJson('POST', `${sandbox.control}/control/faults`, { body })
      expectSuccess('the sandbox', answer)
    },
    journal: async (solution, operation) => {
      const query = new URLSearchParams({ solution })
      if (operation !== undefined) query.set('operation', operation)
      const { body } = await httpJson<{ readonly requests: readonly JournalEntry[] }>(
        'GET',
        `${sandbox.control}/control/requests?${query.toString()}`,
      )
      return body.requests
    },
    imbalances: async () => {
      const { books } = await status()
      const events = { accepted: 0, rejected: 0 }
      const memberships = { realized: 0, exited: 0 }
      return Object.values(books).flatMap((bySolution) => {
        const solutions = Object.fromEntries(
          Object.entries(bySolution).map(([name, own]) => [name, { ...own, members: {} }]),
        )
        return unbalancedBooks({ events, memberships, solutions })
      })
    },
    stop: parts.stop,
  }
}

async function streamLines(post: System['post'], lines: readonly string[]): Promise<void> {
  for (let from = 0; from < lines.length; from += linesPerRequest) {
    await eventually('the gateway accepts', async () => {
      const { status } = await post(lines.slice(from, from + linesPerRequest))
      if (status !== 202) await sleep(againMs)
      return status === 202
    })
  }
}

/** Members without the segments that have none: solutions differ in when they learn of a segment. */
export function withoutEmpty(
  bySegment: Iterable<readonly [string, readonly string[]]>,
): Record<string, readonly string[]> {
  const named = [...bySegment].map(
    ([segment, ids]) => [segment.replace(/^ups:/, ''), [...new Set(ids)].toSorted()] as const,
  )
  return Object.fromEntries(named.filter(([, ids]) => ids.length > 0))
}

/** What the oracle says the solutions hold, in the same shape. */
export function membersExpected(
  members: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>,
  solutions: readonly string[],
): MembersHeld {
  return Object.fromEntries(
    solutions.map((solution) => [solution, withoutEmpty(Object.entries(members[solution] ?? {}))]),
  )
}
