import { LauncherError, onInterrupt, root } from '@segue/dev'
import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { helpText, parseArguments, type Command } from './arguments.ts'
import { describeHandover, measureHandover } from './handover/handover.ts'
import { drawSchedule } from './plan/schedule.ts'
import { describeReport } from './report.ts'
import { runChaos } from './run.ts'

const updatesPerRound = 1_600
const profiles = 800
const idleWithinMs = 180_000

const interrupt = new AbortController()
onInterrupt({
  onFirst: () => {
    process.stderr.write('\nstopping; Ctrl-C again ends at once\n')
    interrupt.abort()
  },
  // What is left running ends with us: each child has a guard.
  onSecond: () => process.exit(130),
})

try {
  process.exit(await main(parseArguments(process.argv.slice(2), Math.random())))
} catch (error) {
  if (interrupt.signal.aborted) process.exit(130)
  if (error instanceof LauncherError) {
    process.stderr.write(`${error.code}: ${error.message}\n`)
    process.exit(error.exitCode)
  }
  throw error
}

async function main(command: Command): Promise<number> {
  if (command.kind === 'help') {
    process.stdout.write(helpText)
    return 0
  }
  const dir = await mkdtemp(join(tmpdir(), 'segue-chaos-'))
  const log = createWriteStream(join(dir, 'chaos.log'))
  const write = (line: string): void => void log.write(`${new Date().toISOString()} ${line}\n`)
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`)
    write(line)
  }
  let wrong = true
  try {
    wrong = !(await runAll(command, say, write))
    return wrong ? 1 : 0
  } finally {
    if (wrong && !interrupt.signal.aborted) {
      say(`the programs' lines are in ${join(dir, 'chaos.log')}`)
      if (command.kind === 'chaos') say(await repeatText(command))
    } else {
      await rm(dir, { recursive: true, force: true })
    }
  }
}

type Say = (line: string) => void

/** @returns whether all is well */
async function runAll(
  command: Exclude<Command, { kind: 'help' }>,
  say: Say,
  write: Say,
): Promise<boolean> {
  const { signal } = interrupt
  const keep = async (report: object): Promise<void> => {
    if (command.json === undefined) return
    await writeFile(command.json, `${JSON.stringify(report, undefined, 2)}\n`)
  }
  if (command.kind === 'handover') {
    const measured = await measureHandover(say, write, signal)
    await keep(measured)
    say(describeHandover(measured))
    return measured.faulty.length === 0
  }
  const { seed, rounds, kinds, checkEvery, updatesPerSecond } = command
  say(`seed ${seed}`)
  const report = await runChaos({
    seed,
    rounds: drawSchedule({ seed, rounds, kinds }),
    checkEvery,
    updatesPerSecond,
    updatesPerRound,
    profiles,
    idleWithinMs,
    say,
    write,
    signal,
  })
  await keep(report)
  say(describeReport(report))
  return report.faulty.length === 0
}

async function repeatText({ seed, rounds }: Extract<Command, { kind: 'chaos' }>): Promise<string> {
  const commit = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: root }).then(
    ({ stdout }) => stdout.trim(),
    () => 'unknown',
  )
  return `to repeat: npm run chaos -- --seed ${seed} --rounds ${rounds} (commit ${commit})`
}
