import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { startChild, type Child } from '../src/child.ts'
import { solutions as allSolutions } from '../src/launch/run.ts'
import { unbalancedBooks, type Report } from '../src/report.ts'
import { sampleDefaults, type SampleOptions } from '../src/sample/sample-options.ts'
import { writeSample } from '../src/sample/sample.ts'
import { isAlive } from './conditions.ts'
import { replayFile, type OracleResult } from '@segue/oracle'
import { descendantsOf } from './processes.ts'
import { eventually, limits, membersExpected, withoutEmpty } from './system.ts'

vi.setConfig(limits)

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const stateDir = fileURLToPath(new URL('../../../.segue', import.meta.url))
let folder: string

beforeAll(async () => {
  // A server that a developer set up for something else is not for tests.
  vi.stubEnv('REDIS_URL', undefined)
  folder = await mkdtemp(join(tmpdir(), 'segue-launcher-'))
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await rm(folder, { recursive: true, force: true })
})

/** As long as the launcher gives its own children. */
const stopGraceMs = 40_000

interface Launcher {
  readonly child: Child
  readonly lines: readonly string[]
}

function start(...args: readonly string[]): Launcher {
  const lines: string[] = []
  const child = startChild({
    name: 'launcher',
    program: process.execPath,
    args: [main, '--port', '0', ...args],
    output: (line) => lines.push(line),
  })
  onTestFinished(async () => void (await child.stop(stopGraceMs)))
  return { child, lines }
}

/** The folder of a run over a file. */
const runDir = ({ child }: Launcher): string => join(stateDir, `run-${child.processId}`)

async function sample(name: string, options: Partial<SampleOptions>): Promise<string> {
  const file = join(folder, `${name}.ndjson`)
  await writeSample(file, {
    ...sampleDefaults,
    seed: 31,
    baseTimeMs: Date.now(),
    garbageShare: 0.05,
    ...options,
  })
  return file
}

interface Ran {
  readonly report: Report
  readonly said: OracleResult
  readonly lines: readonly string[]
}

/** Runs a file to its end. */
async function run(
  file: string,
  machines: 'table' | 'xstate',
  ...more: readonly string[]
): Promise<Ran> {
  const reportFile = `${file}.report.json`
  const flags = ['--until-idle', '--activation-delay', '300', '--machines', machines]
  const launcher = start('--input', file, '--report', reportFile, ...flags, ...more)
  const { code } = await launcher.child.ended
  expect({ code, lines: launcher.lines }).toMatchObject({ code: 0 })
  expect(existsSync(runDir(launcher))).toBe(false)
  return {
    report: JSON.parse(await readFile(reportFile, 'utf8')),
    said: await replayFile(file, { endMs: (await stat(reportFile)).mtimeMs }),
    lines: launcher.lines,
  }
}

/** What a report says that a replay can say too. */
function replayable({ events, memberships, solutions }: Report): object {
  const members = Object.entries(solutions).map(([name, held]) => [
    name,
    withoutEmpty(Object.entries(held.members)),
  ])
  return { events, memberships, members: Object.fromEntries(members) }
}

function reportOf({ accepted, rejected, memberships, members }: OracleResult): object {
  return {
    events: { accepted: accepted.length, rejected: rejected.length },
    memberships: { realized: memberships.realized, exited: memberships.exited },
    members: membersExpected(members, allSolutions),
  }
}

test('the report of a file with garbage and memberships that end is what a naive replay says', async () => {
  const file = await sample('table', {
    profiles: 500,
    updates: 4_000,
    expiringShare: 0.05,
    // Some end before they are streamed, some while, and all before the run can be over.
    expiringMs: 4_000,
  })
  const { report, said } = await run(file, 'table')
  expect(said.rejected.length).toBeGreaterThan(150)
  expect(said.memberships.expired).toBeGreaterThan(25)
  expect(replayable(report)).toEqual(reportOf(said))
  expect(unbalancedBooks(report)).toEqual([])
  for (const books of Object.values(report.solutions)) {
    expect(books.activated).toBeGreaterThan(0)
    expect(books.pending).toBe(0)
    expect(books.failed).toEqual({})
    // The sample has people who withdraw consent, and of whom more is said afterwards.
    expect(books.excluded['CONSENT_VIOLATION']).toBeGreaterThan(0)
  }
})

test('with an XState actor for each profile the report is the same', async () => {
  const { report, said } = await run(
    await sample('xstate', { profiles: 150, updates: 1_200 }),
    'xstate',
  )
  expect(replayable(report)).toEqual(reportOf(said))
  expect(unbalancedBooks(report)).toEqual([])
})

test('with a share of all calls failing in mixed ways the report is the same', async () => {
  const file = await sample('disturbed', { profiles: 30, updates: 180 })
  const { report, said, lines } = await run(file, 'table', '--faults', '0.1', '--fault-seed', '7')
  expect(replayable(report)).toEqual(reportOf(said))
  expect(unbalancedBooks(report)).toEqual([])
  for (const { failed, pending } of Object.values(report.solutions)) {
    expect({ failed, pending }).toEqual({ failed: {}, pending: 0 })
  }
  const counts = lines.flatMap((line) => {
    const [, faults, calls] = /: (\d+) of (\d+) calls failed on purpose/.exec(line) ?? []
    return faults === undefined ? [] : [{ faults: Number(faults), calls: Number(calls) }]
  })
  expect(counts).toHaveLength(allSolutions.length)
  const total = (of: 'faults' | 'calls'): number =>
    counts.reduce((sum, count) => sum + count[of], 0)
  expect(total('faults') / total('calls')).toBeGreaterThanOrEqual(0.05)
})

test('Ctrl-C while it streams leaves no process and no folder behind', async () => {
  const launcher = start('--input', await sample('interrupted', { profiles: 100, updates: 5_000 }))
  const { child, lines } = launcher
  await eventually('it streams', () => lines.some((line) => line.includes('; streaming ')))
  const started = await descendantsOf(child.processId ?? 0)
  // Redis, sandbox, processor, gateway, and a guard for each.
  expect(started.length).toBeGreaterThanOrEqual(8)
  process.kill(child.processId ?? 0, 'SIGINT')
  const { code } = await child.ended
  expect({ code, lines }).toMatchObject({ code: 0 })
  await eventually('all are gone', () => !started.some(isAlive))
  expect(existsSync(runDir(launcher))).toBe(false)
})

test('a file that is not there is named, with exit code 2 and nothing left behind', async () => {
  const launcher = start('--input', join(folder, 'nowhere.ndjson'), '--until-idle')
  const { code } = await launcher.child.ended
  expect(code).toBe(2)
  const last = launcher.lines.at(-1)
  expect(last).toMatch(/^INPUT_UNREADABLE: /)
  expect(last).toContain('nowhere.ndjson')
  expect(existsSync(runDir(launcher))).toBe(false)
})
