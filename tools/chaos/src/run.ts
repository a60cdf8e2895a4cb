import {
  solutions,
  sampleDefaults,
  sampleLines,
  sampleSegments,
  unbalancedBooks,
  type Status,
} from '@segue/dev'
import { replayLines } from '@segue/oracle'
import { setTimeout as sleep } from 'node:timers/promises'
import { startClient, type Client } from './client/client.ts'
import { orderFree, type Line } from './client/order-free.ts'
import { differencesOf, type Difference } from './compare/differences.ts'
import { describeFault, mayDouble, type Round } from './plan/fault.ts'
import type { ChaosReport, CheckReport, RoundReport } from './report.ts'
import { startChaosSystem, type ChaosSystem } from './system/chaos-system.ts'
import { inject, type Events } from './system/inject.ts'
import { shareOf, takeOversOf, type Killed, type Marked } from './watch/take-over.ts'
import { watchRedis, type Watch } from './watch/watch-redis.ts'

export interface ChaosOptions {
  readonly seed: number
  readonly rounds: readonly Round[]
  /** Compares what solutions hold with the oracle after so many rounds, and after the last one. */
  readonly checkEvery: number
  readonly updatesPerSecond: number
  readonly updatesPerRound: number
  readonly profiles: number
  /** Longest wait for everything to be delivered after a check's rounds. */
  readonly idleWithinMs: number
  /** Gets a line for each thing that happens. */
  readonly say: (line: string) => void
  /** Gets every line that a program writes. */
  readonly write: (line: string) => void
  readonly signal: AbortSignal
}

const partitionCount = 16
const segmentCount = 10
const activationDelayMs = 300
const watchEveryMs = 50
/** A membership may end by itself while the comparison is made. */
const comparisons = 5
const comparedAgainMs = 500

/** Runs rounds against a system of its own. What it started has ended when it resolves, or throws. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { say, signal } = options
  const faulty = new Set<string>()
  let stopping = false
  const { lines, segments, people } = await linesOf(options)
  say(`starting 3 processors, 2 gateways, Redis and ${solutions.length} solutions`)
  const system = await startChaosSystem({
    partitionCount,
    segments,
    people,
    activationDelayMs,
    write: options.write,
    events: {
      startedAgain: (name, reason) => say(`${name} is started again: ${reason.split('\n')[0]}`),
      died: (name) => {
        if (stopping) return
        faulty.add(`${name} ended by itself`)
        say(`${name} ended by itself`)
      },
    },
  })
  const watch = watchRedis(system.parts.redis.url, partitionCount, watchEveryMs)
  try {
    const client = startClient({
      gateways: () => system.gateways.map(({ url }) => url()),
      token: () => system.gateways[0]?.token() ?? '',
      updatesPerSecond: options.updatesPerSecond,
      signal,
    })
    if (!(await system.untilIdle(options.idleWithinMs, signal))) {
      throw new Error('the system is not idle at the start')
    }
    return await runRounds({ options, system, watch, client, lines, faulty })
  } finally {
    stopping = true
    await watch.stop()
    await system.stop()
  }
}

interface Session {
  readonly options: ChaosOptions
  readonly system: ChaosSystem
  readonly watch: Watch
  readonly client: Client
  readonly lines: readonly Line[]
  /** Sentences on what must not be. */
  readonly faulty: Set<string>
}

async function runRounds(session: Session): Promise<ChaosReport> {
  const { options, watch, client, faulty } = session
  const killed: Killed[] = []
  const joined: Marked[] = []
  const events: Events = {
    killed: (worker, atMs) => killed.push({ worker, atMs, owners: watch.progress.owners() }),
    joined: (worker, atMs) => joined.push({ worker, atMs }),
    unclean: (name) => faulty.add(`${name} did not end in order`),
  }
  const rounds: RoundReport[] = []
  const checks: CheckReport[] = []
  const startMs = Date.now()
  for (const round of options.rounds) {
    rounds.push(await runRound(session, round, events))
    const last = round.number === options.rounds.length
    if (round.number % options.checkEvery !== 0 && !last) continue
    checks.push(await check(session, rounds, checks.at(-1)))
    if (faulty.size > 0) break
  }
  const moves = watch.progress.moves()
  const { all, one } = watch.progress.longest(startMs)
  return {
    seed: options.seed,
    rounds,
    checks,
    accepted: client.accepted().length,
    client: client.counts(),
    longestGapMs: all.ms,
    longestPartitionGapMs: one.ms,
    takeOvers: killed.flatMap((mark) => takeOversOf(mark, moves)),
    joins: joined.flatMap((mark) => shareOf(mark, moves) ?? []),
    moves: moves.length,
    faulty: [...faulty],
  }
}

/** Streams a round's lines while its faults happen. All is whole again when it resolves, and all lines are accepted. */
async function runRound(session: Session, round: Round, events: Events): Promise<RoundReport> {
  const { options, system, watch, client, lines } = session
  const { say, signal } = options
  const startMs = Date.now()
  const from = (round.number - 1) * options.updatesPerRound
  say(`round ${round.number}: ${round.faults.map(describeFault).join('; ')}`)
  const faults: Promise<void>[] = []
  for (const [index, fault] of round.faults.entries()) {
    // On a busy machine a start takes longer than the schedule allows for.
    const before = faults.filter((_, at) =>
      round.faults[at]?.on.some((target) => fault.on.includes(target)),
    )
    faults[index] = (async () => {
      await sleep(fault.atMs, undefined, { signal })
      await Promise.all(before)
      await inject(fault, system, events, signal)
    })()
  }
  const done = await Promise.allSettled([
    client.stream(lines.slice(from, from + options.updatesPerRound)),
    ...faults,
  ])
  for (const one of done) if (one.status === 'rejected') throw one.reason
  const { all, one } = watch.progress.longest(startMs)
  return {
    number: round.number,
    faults: round.faults,
    tookMs: Date.now() - startMs,
    longestGapMs: all.ms,
    longestPartitionGapMs: one.ms,
  }
}

/** Waits until all is delivered, and compares. What is wrong is added to `faulty`. */
async function check(
  session: Session,
  rounds: readonly RoundReport[],
  before: CheckReport | undefined,
): Promise<CheckReport> {
  const { options, system, faulty } = session
  const startMs = Date.now()
  const idle = await system.untilIdle(options.idleWithinMs, options.signal)
  const idleMs = Date.now() - startMs
  if (!idle) faulty.add(`not idle after ${options.idleWithinMs / 1_000} s`)
  const differences = await compare(session)
  const books = await booksAtRest(session)
  const afterRound = rounds.at(-1)?.number ?? 0
  const unbalanced = booksFaults(books)
  for (const sentence of unbalanced) faulty.add(sentence)
  for (const { solution, segment, lost, stale } of differences) {
    faulty.add(`${solution}, segment ${segment}: ${lost} lost, ${stale} stale`)
  }
  await explain(session, differences)
  const { lines, doubled, olderAfterNewer } = await system.repeats()
  const report = {
    afterRound,
    idleMs,
    compared: session.client.accepted().length,
    lost: differences.reduce((sum, { lost }) => sum + lost, 0),
    stale: differences.reduce((sum, { stale }) => sum + stale, 0),
    unbalanced,
    lines,
    doubled,
    olderAfterNewer,
  }
  const since = rounds.filter(({ number }) => number > (before?.afterRound ?? 0))
  const mayBeDoubled = since.some(({ faults }) => faults.some(mayDouble))
  if (!mayBeDoubled && doubled > (before?.doubled ?? 0)) {
    faulty.add(`${doubled - (before?.doubled ?? 0)} lines were sent twice though nobody died`)
  }
  options.say(
    `  checked after round ${afterRound}: ${report.compared} updates, ${report.lost} lost, ${report.stale} stale, ${doubled} of ${lines} lines doubled, idle after ${(idleMs / 1_000).toFixed(1)} s`,
  )
  return report
}

async function compare({ options, system, client }: Session): Promise<readonly Difference[]> {
  for (let attempt = 1; ; attempt += 1) {
    const said = await replayLines(client.accepted(), { endMs: Date.now() })
    const differences = differencesOf(said.members, await system.members())
    if (differences.length === 0 || attempt === comparisons) return differences
    await sleep(comparedAgainMs, undefined, { signal: options.signal })
    await system.untilIdle(options.idleWithinMs, options.signal)
  }
}

/** The books as they are while nothing is under way: memberships end by themselves, whatever is compared just then. */
async function booksAtRest({ options, system }: Session): Promise<Status['books']> {
  for (let attempt = 1; ; attempt += 1) {
    const { idle, books } = await system.status()
    if (idle || attempt === comparisons) return books
    await system.untilIdle(options.idleWithinMs, options.signal)
  }
}

/** Profiles looked at when something differs. */
const explainedMax = 5

/** Writes down what is known of some profiles that a solution has wrong: the people of a sample are nobody. */
async function explain(
  { options, system, client }: Session,
  differences: readonly Difference[],
): Promise<void> {
  if (differences.length === 0) return
  const { profiles } = await replayLines(client.accepted(), { endMs: Date.now() })
  const wrong = new Set(differences.flatMap(({ some }) => some))
  const keys = [...profiles].filter(([, { identities }]) =>
    identities.some((one) => wrong.has(one)),
  )
  for (const { solution, segment, some } of differences) {
    options.write(`differs: ${solution} ${segment} ${some.join(' ')}`)
  }
  for (const [key, { memberships }] of keys.slice(0, explainedMax)) {
    const said = JSON.stringify([...memberships])
    options.write(
      `profile ${key}: the oracle says ${said}; ${JSON.stringify(await system.profile(key))}`,
    )
    for (const line of client.accepted()) {
      if (line.includes(key.slice(key.indexOf(':') + 1))) options.write(`accepted ${line}`)
    }
  }
}

/** Sentences on books that do not balance, that have something pending, or rows that were given up. */
function booksFaults(
  books: Awaited<ReturnType<ChaosSystem['status']>>['books'],
): readonly string[] {
  return Object.values(books).flatMap((bySolution) => {
    const events = { accepted: 0, rejected: 0 }
    const memberships = { realized: 0, exited: 0 }
    const report = Object.entries(bySolution).map(([name, own]) => [name, { ...own, members: {} }])
    return [
      ...unbalancedBooks({ events, memberships, solutions: Object.fromEntries(report) }),
      ...Object.entries(bySolution).flatMap(([name, { pending, failed }]) => [
        ...(pending === 0 ? [] : [`${name}: ${pending} pending`]),
        ...Object.entries(failed).map(([code, count]) => `${name}: ${count} failed as ${code}`),
      ]),
    ]
  })
}

/** All lines of a run, what they speak of, and whom. */
async function linesOf(options: ChaosOptions): Promise<{
  readonly lines: readonly Line[]
  readonly segments: readonly string[]
  readonly people: Parameters<typeof startChaosSystem>[0]['people']
}> {
  const { seed, profiles } = options
  const wanted = options.rounds.length * options.updatesPerRound
  const baseTimeMs = Date.now()
  const sample = sampleLines({
    ...sampleDefaults,
    seed,
    profiles,
    // Some are left out.
    updates: Math.ceil(Math.max(wanted, profiles) * 1.2),
    segments: segmentCount,
    // Some memberships end by themselves while things break.
    expiringShare: 0.03,
    expiringMs: Math.ceil((1_000 * wanted) / options.updatesPerSecond),
    baseTimeMs,
  })
  const lines = orderFree(sample, baseTimeMs).slice(0, wanted)
  const { profiles: all } = await replayLines(
    lines.map(({ text }) => text),
    { endMs: baseTimeMs },
  )
  const ids = (namespace: string): readonly string[] =>
    [...all.values()].flatMap(({ identities }) =>
      identities
        .filter((identity) => identity.startsWith(`${namespace}:`))
        .map((identity) => identity.slice(namespace.length + 1)),
    )
  const emails = ids('email_lc_sha256').map((emailSHA256) => ({ emailSHA256 }))
  return {
    lines,
    segments: sampleSegments(seed, segmentCount).map(({ namespace, id }) => `${namespace}:${id}`),
    // Somebody of their own for each identity: whoever has two is two people to Marketo, which changes no membership.
    people: { marketo: [...emails, ...ids('ECID').map((ecid) => ({ ecid }))], campaign: emails },
  }
}
