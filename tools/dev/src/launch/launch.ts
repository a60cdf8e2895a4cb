import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { LaunchOptions } from '../arguments.ts'
import { startChildren } from '../children.ts'
import { LauncherError } from '../launcher-error.ts'
import { createProgress } from '../progress.ts'
import { sampleDefaults } from '../sample/sample-options.ts'
import { sampleSegments } from '../sample/segments.ts'
import { writeSample } from '../sample/sample.ts'
import { conclude, untilIdle } from './conclude.ts'
import { planFaults } from './fault-plan.ts'
import { streamFile, type Gateway } from './gateway.ts'
import { privateRedis, startParts } from './parts.ts'
import { solutions, stateDir, type Run, type Stop } from './run.ts'
import { seedPeople, type SandboxReady } from './sandbox.ts'
import { scanInput, type InputScan } from './scan-input.ts'
import { activateAll } from './set-up.ts'
import { watch } from './watch.ts'

/** How long a child may take to stop before it is killed. */
const stopGraceMs = 35_000
const plainProgressEveryMs = 5_000

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
  await seedPeople(sandbox.control, scan.people)
  if (options.faultShare > 0) {
    await planFaults(sandbox.control, options.faultShare, options.faultSeed)
  }
  const flows = await activate(gateway, scan, options)
  progress.say(
    `activated ${scan.segments.length} segments to ${solutions.join(', ')}; streaming ${scan.lines} lines`,
  )
  const stopWatching = watch(run, gateway, flows, scan.lines)
  const counts = await streamFile(gateway, file, stopWatching.streamed, run.signal)
  if (!options.untilIdle) {
    progress.say(whereToLook(gateway, dir, sandbox))
    return new Promise(() => {
      // Up until Ctrl-C.
    })
  }
  await untilIdle(gateway, sandbox)
  stopWatching.stop()
  return conclude(run, { redisUrl, gateway, flows, sandbox, counts })
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

/** Connects, and activates every segment of the file to every solution. @returns ids of the flows */
function activate(
  gateway: Gateway,
  scan: InputScan,
  options: LaunchOptions,
): Promise<readonly string[]> {
  const names = new Map(
    sampleSegments(options.sample.seed, sampleDefaults.segments).map(({ namespace, id, name }) => [
      `${namespace}:${id}`,
      name,
    ]),
  )
  return activateAll(gateway, {
    name: 'Experience Cloud Audiences',
    activationDelayMs: options.activationDelayMs,
    solutions,
    segments: new Map(
      scan.segments.map((segment) => [
        segment,
        names.get(segment) ?? segment.slice(segment.indexOf(':') + 1),
      ]),
    ),
  })
}

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
