import { fileURLToPath } from 'node:url'
import { startChild, type Child } from '../child.ts'
import { parseTally, type Tally } from './tally.ts'

/** A check that is not a test: formatting, types, boundaries. */
export interface Check {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  /** Cuts from the output of a failed check what says nothing about the failure. */
  readonly trim?: (lines: readonly string[]) => readonly string[]
}

interface SuitesOptions {
  /** The folder to run in. */
  readonly root: string
  readonly checks: readonly Check[]
  /** Given on to vitest: parts of file names. */
  readonly filters: readonly string[]
  /** Where vitest shows its tests: where we write ourselves, or line by line. */
  readonly testOutput: 'inherit' | ((line: string) => void)
  readonly write: (text: string) => void
  /** Aborted: everything is stopped and the result is `interrupted`. */
  readonly signal: AbortSignal
}

interface SuitesResult {
  readonly passed: number
  readonly failed: number
  readonly interrupted: boolean
}

/** SIGKILL follows after this long: a test run holds nothing worth waiting longer for. */
const graceMs = 5_000
const maxLinesOfCheck = 400

/**
 * Runs the checks one after the other beside vitest, which is quicker on two cores than one after the other, and shows the
 * output of those that failed after the tests'. Ends with the line `tests: N passed, N failed`: test cases and checks.
 */
export async function runSuites(options: SuitesOptions): Promise<SuitesResult> {
  const running = new Set<Child>()
  const track = (child: Child): Child => {
    running.add(child)
    void child.ended.then(() => running.delete(child))
    return child
  }
  const stopAll = (): void => {
    for (const child of running) void child.stop(graceMs)
  }
  options.signal.addEventListener('abort', stopAll)

  const [tally, outcomes] = await Promise.all([
    runVitest(options, track),
    runChecks(options, track),
  ])
  options.signal.removeEventListener('abort', stopAll)

  const { write } = options
  for (const outcome of outcomes.filter(({ ok }) => !ok)) {
    write(`\n✗ ${outcome.name}\n${outcome.lines.map((line) => `  ${line}\n`).join('')}`)
  }
  const named = outcomes.map(({ name, ok }) => `${ok ? '✓' : '✗'} ${name}`)
  if (named.length > 0) write(`\nchecks: ${named.join('  ')}\n`)
  for (const note of tally.notes) write(`✗ ${note}\n`)
  if (tally.skipped > 0) write(`${tally.skipped} tests were skipped\n`)

  const passed = tally.passed + outcomes.filter(({ ok }) => ok).length
  const failed = tally.failed + outcomes.filter(({ ok }) => !ok).length
  const interrupted = options.signal.aborted
  if (interrupted) write('interrupted\n')
  write(`tests: ${passed} passed, ${failed} failed\n`)
  return { passed, failed, interrupted }
}

type Track = (child: Child) => Child

async function runVitest(options: SuitesOptions, track: Track): Promise<Tally> {
  let result = ''
  const child = track(
    startChild({
      name: 'vitest',
      program: process.execPath,
      args: [fileURLToPath(new URL('vitest-run.ts', import.meta.url)), ...options.filters],
      cwd: options.root,
      output: options.testOutput,
      onResult: (text) => {
        result = text
      },
    }),
  )
  const { code, signal } = await child.ended
  const tally = parseTally(result)
  if (tally === undefined) {
    const how = signal === undefined ? `with code ${code}` : `by ${signal}`
    return { passed: 0, failed: 1, skipped: 0, notes: [`vitest ended ${how} without a result`] }
  }
  if (code === 0 || tally.failed > 0) return tally
  const notes = [...tally.notes, 'vitest reported a failure that is no test']
  return { ...tally, failed: 1, notes }
}

interface Outcome {
  readonly name: string
  readonly ok: boolean
  readonly lines: readonly string[]
}

async function runChecks(options: SuitesOptions, track: Track): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const { name, program, args, trim } of options.checks) {
    if (options.signal.aborted) break
    const lines: string[] = []
    let lineCount = 0
    const child = track(
      startChild({
        name,
        program,
        args,
        cwd: options.root,
        env: { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' },
        output: (line) => {
          lineCount += 1
          if (lines.length < maxLinesOfCheck) lines.push(line)
        },
      }),
    )
    const { code } = await child.ended
    // Cut off, so that it says nothing.
    if (options.signal.aborted) break
    const left = lineCount - lines.length
    if (left > 0) lines.push(`… and ${left} more lines`)
    outcomes.push({ name, ok: code === 0, lines: trim?.(lines) ?? lines })
  }
  return outcomes
}
