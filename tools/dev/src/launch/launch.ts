import { openRedis } from '@segue/redis'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { LaunchOptions } from '../arguments.ts'
import { startChildren, type Children } from '../children.ts'
import { LauncherError } from '../launcher-error.ts'
import { createProgress, type Progress } from '../progress.ts'
import { findOrInstallRedis, thisMachine } from '../redis/redis-binary.ts'
import { launcherName } from '../redis/redis-connection.ts'
import { startRedis } from '../redis/start-redis.ts'
import { buildReport, memberDifferences, unbalancedBooks, type Report } from '../report.ts'
import { sampleDefaults } from '../sample/sample-options.ts'
import { sampleSegments } from '../sample/segments.ts'
import { writeSample } from '../sample/sample.ts'
import { putDataflow, readStatus, streamFile, type Gateway, type StreamCounts } from './gateway.ts'
import {
  sandboxIsIdle,
  sandboxMembers,
  seedLeads,
  solutionsForSandbox,
  type SandboxReady,
} from './sandbox.ts'
import { scanInput, type InputScan } from './scan-input.ts'
import { stateMembers } from './state-members.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const stateDir = join(root, '.segue')
const dataflowId = 'experience-cloud-audiences'
const sandboxName = 'prod'
const partitionCount = 16
/** Identities that each solution takes (design §9), in the order of the dataflow's solutions. */
const namespaces = {
  'audience-manager': ['ECID', 'email_lc_sha256', 'IDFA', 'GAID'],
  marketo: ['email_lc_sha256', 'ECID'],
} as const
const solutions = Object.keys(namespaces)
/** How long a child may take to stop before it is killed. */
const stopGraceMs = 35_000
const progressEveryMs = 500
const plainProgressEveryMs = 5_000

/** Something that is running and must be stopped; the last started is stopped first. */
type Stop = () => Promise<void>

/**
 * Starts everything, streams, and either stays up or ends with a report.
 * @param signal stops in order when aborted
 * @returns the process' exit code
 */
export async function launch(options: LaunchOptions, signal: AbortSignal): Promise<number> {
  const stops: Stop[] = []
  const progress = createProgress({
    terminal: process.stderr.isTTY,
    columns: process.stderr.columns ?? 80,
    plainEveryMs: plainProgressEveryMs,
    write: (text) => process.stderr.write(text),
  })
  const children = startChildren({ write: progress.say, graceMs: stopGraceMs })
  const interrupted = new Promise<'interrupted'>((resolve) => {
    signal.addEventListener('abort', () => resolve('interrupted'), { once: true })
  })
  try {
    const ended = await Promise.race([
      runAll({ options, signal, stops, progress, children }),
      interrupted,
      children.failed,
    ])
    if (ended === 'interrupted') return 0
    if (typeof ended === 'string') throw new LauncherError('PART_ENDED', ended, { exitCode: 1 })
    return ended
  } finally {
    progress.end()
    await children.stop()
    for (const stop of stops.toReversed()) await stop()
  }
}

interface Run {
  readonly options: LaunchOptions
  readonly signal: AbortSignal
  readonly stops: Stop[]
  readonly progress: Progress
  readonly children: Children
}

async function runAll(run: Run): Promise<number> {
  const { options, progress } = run
  const fileRun = options.input !== undefined || options.untilIdle
  const dir = fileRun ? join(stateDir, `run-${process.pid}`) : stateDir
  await mkdir(dir, { recursive: true })
  if (fileRun) run.stops.push(() => rm(dir, { recursive: true, force: true }))

  const file = options.input ?? (await sampleFile(run, dir))
  progress.say(`reading ${file} for its segments and people`)
  const scan = await scanInput(file)
  const redisUrl = process.env['REDIS_URL'] ?? (await privateRedis(run, dir))
  const { gateway, sandbox } = await startParts(run, dir, redisUrl)
  await seedLeads(sandbox.control, scan.leads)
  await activate(gateway, scan, options)
  progress.say(
    `activated ${scan.segments.length} segments to ${solutions.join(' and ')}; streaming ${scan.lines} lines`,
  )
  const stopWatching = watch(run, gateway, scan.lines)
  const counts = await streamFile(gateway, file, stopWatching.streamed, run.signal)
  if (!options.untilIdle) {
    progress.say(whereToLook(gateway, dir, sandbox))
    return new Promise(() => {
      // Up until Ctrl-C.
    })
  }
  await untilIdle(gateway, sandbox)
  stopWatching.stop()
  return conclude(run, { redisUrl, gateway, sandbox, counts })
}

async function sampleFile({ options, progress }: Run, dir: string): Promise<string> {
  const file = join(dir, 'sample.ndjson')
  const { profiles, updates, seed, garbageShare } = options.sample
  progress.say(`writing a sample of ${updates} updates of ${profiles} profiles (seed ${seed})`)
  await writeSample(file, {
    ...sampleDefaults,
    profiles,
    updates,
    seed,
    garbageShare,
    baseTimeMs: Date.now(),
  })
  return file
}

async function privateRedis(run: Run, dir: string): Promise<string> {
  const program = await findOrInstallRedis(thisMachine(run.progress.say))
  const server = await startRedis({
    program,
    dir: join(dir, 'redis'),
    port: 'free',
    appendonly: true,
    hz: 100,
    maxmemoryPolicy: 'noeviction',
  })
  run.stops.push(server.stop)
  return server.url
}

async function startParts(
  run: Run,
  dir: string,
  redisUrl: string,
): Promise<{ gateway: Gateway; sandbox: SandboxReady }> {
  const { children, options } = run
  const settingsFile = join(dir, 'sandbox-settings.json')
  await writeFile(settingsFile, JSON.stringify({ preset: 'loose' }))
  const sandboxApp = children.start({
    name: 'sandbox',
    entry: join(root, 'tools/sandbox/src/main.ts'),
    args: ['--settings', settingsFile, '--state', join(dir, 'sandbox-state.json')],
    env: {},
  })
  const sandbox: SandboxReady = JSON.parse(await sandboxApp.ready)
  const { file, secrets } = solutionsForSandbox(sandbox)
  const solutionsFile = join(dir, 'solutions.json')
  await writeFile(solutionsFile, JSON.stringify(file, undefined, 2), { mode: 0o600 })

  const common = {
    REDIS_URL: redisUrl,
    SEGUE_PARTITIONS: String(partitionCount),
    SEGUE_SANDBOXES: sandboxName,
    SEGUE_LOG_LEVEL: process.env['SEGUE_LOG_LEVEL'] ?? 'warn',
    SEGUE_LOG_PRETTY: '1',
  }
  const processor = children.start({
    name: 'processor',
    entry: join(root, 'apps/processor/src/main.ts'),
    env: {
      ...common,
      ...secrets,
      SEGUE_MACHINES: options.machines,
      SEGUE_SOLUTIONS_FILE: solutionsFile,
    },
  })
  const tokenFile = join(dir, 'admin-token')
  const gatewayApp = children.start({
    name: 'gateway',
    entry: join(root, 'apps/gateway/src/main.ts'),
    env: {
      ...common,
      SEGUE_PORT: String(options.port),
      SEGUE_SOLUTIONS: solutions.join(','),
      SEGUE_ADMIN_TOKEN_FILE: tokenFile,
    },
  })
  await processor.ready
  const { url }: { readonly url: string } = JSON.parse(await gatewayApp.ready)
  const token = (await readFile(tokenFile, 'utf8')).trim()
  return { gateway: { url, token }, sandbox }
}

/** Creates the connection's dataflow, with every segment of the file activated to every solution. */
async function activate(gateway: Gateway, scan: InputScan, options: LaunchOptions): Promise<void> {
  const { seed } = options.sample
  const names = new Map(
    sampleSegments(seed, sampleDefaults.segments).map(({ namespace, id, name }) => [
      `${namespace}:${id}`,
      name,
    ]),
  )
  await putDataflow(gateway, {
    id: dataflowId,
    name: 'Experience Cloud Audiences',
    enabled: true,
    activationDelayMs: options.activationDelayMs,
    solutions,
    segments: Object.fromEntries(
      scan.segments.map((segment) => [
        segment,
        { name: names.get(segment) ?? segment.slice(segment.indexOf(':') + 1), solutions },
      ]),
    ),
  })
}

/** Shows how far the run is until it is stopped. */
function watch(
  { progress, signal }: Run,
  gateway: Gateway,
  lines: number,
): { readonly streamed: (counts: StreamCounts) => void; readonly stop: () => void } {
  let events = 0
  const stopped = new AbortController()
  const end = AbortSignal.any([signal, stopped.signal])
  const show = async (): Promise<void> => {
    while (!end.aborted) {
      const { partitions, books } = await readStatus(gateway)
      const bySolution = Object.entries(books[dataflowId] ?? {})
      progress.show(
        {
          events,
          eventsTotal: lines,
          changes: Math.max(0, ...bySolution.map(([, { received }]) => received)),
          delivered: Object.fromEntries(
            bySolution.map(([name, { activated }]) => [name, activated]),
          ),
          lag: partitions.reduce((sum, { lag }) => sum + lag, 0),
        },
        Date.now(),
      )
      await sleep(progressEveryMs, undefined, { signal: end })
    }
  }
  // Progress is for the eye: a status that cannot be read once is no reason to end a run.
  void show().catch(() => {})
  return {
    streamed: ({ accepted, rejected }) => {
      events = accepted + rejected
    },
    stop: () => stopped.abort(),
  }
}

/** Waits until nothing is under way anywhere; twice in a row, since what one part finishes another may take up. */
async function untilIdle(gateway: Gateway, sandbox: SandboxReady): Promise<void> {
  for (let quiet = 0; quiet < 2;) {
    const idle = (await readStatus(gateway)).idle && (await sandboxIsIdle(sandbox.control))
    quiet = idle ? quiet + 1 : 0
    if (quiet < 2) await sleep(200)
  }
}

interface Finished {
  readonly redisUrl: string
  readonly gateway: Gateway
  readonly sandbox: SandboxReady
  readonly counts: StreamCounts
}

/** How often the comparison is tried: a membership may expire while it is made. */
const comparisons = 5

/** Writes the report and says whether all is well. */
async function conclude(run: Run, finished: Finished): Promise<number> {
  const { options, progress } = run
  let differences: string[] = []
  let report: Report | undefined
  for (let attempt = 0; attempt < comparisons; attempt += 1) {
    const compared = await compare(finished)
    report = compared.report
    differences = compared.differences
    if (differences.length === 0) break
    await untilIdle(finished.gateway, finished.sandbox)
  }
  if (report === undefined) return 1
  if (options.report !== undefined) {
    await writeFile(options.report, `${JSON.stringify(report, undefined, 2)}\n`)
  }
  const faults = [...unbalancedBooks(report), ...differences]
  progress.end()
  for (const fault of faults) progress.say(fault)
  progress.say(
    faults.length === 0
      ? `all delivered and applied: the books balance, and every solution holds what the state says`
      : `${faults.length} faults: the report ${options.report ?? ''} has the books`,
  )
  return faults.length === 0 ? 0 : 1
}

async function compare({
  redisUrl,
  gateway,
  sandbox,
  counts,
}: Finished): Promise<{ report: Report; differences: string[] }> {
  const status = await readStatus(gateway)
  const redis = await openRedis({ url: redisUrl, clientName: launcherName, warn: () => {} })
  try {
    const expected = await stateMembers(redis, sandboxName, partitionCount, namespaces)
    const held = await sandboxMembers(sandbox.control)
    const differences = solutions.flatMap((solution) =>
      memberDifferences(
        solution,
        expected.get(solution) ?? new Map(),
        held.get(solution) ?? new Map(),
      ),
    )
    const report = buildReport({
      events: counts,
      memberships: status.memberships,
      solutions: Object.fromEntries(
        solutions.map((solution) => [
          solution,
          {
            books: status.books[dataflowId]?.[solution] ?? noBooks,
            members: held.get(solution) ?? new Map(),
          },
        ]),
      ),
    })
    return { report, differences }
  } finally {
    redis.disconnect()
  }
}

const noBooks = { received: 0, activated: 0, coalesced: 0, excluded: {}, failed: {}, pending: 0 }

function whereToLook({ url, token }: Gateway, dir: string, { control }: SandboxReady): string {
  return `
Segue is up. All of the sample is accepted; what is under way is being delivered.

  queues      ${url}/queues       (sign in with the token)
  API         ${url}/docs
  status      curl -H "Authorization: Bearer $(cat ${join(dir, 'admin-token')})" ${url}/v1/status
  solutions   ${control}/control/members
  token       ${token.slice(0, 10)}… in ${join(dir, 'admin-token')}

Ctrl-C stops everything; state is kept in ${dir}.
`
}
