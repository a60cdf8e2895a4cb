import { spawn, type StdioOptions } from 'node:child_process'
import { Readable } from 'node:stream'
import { standGuard } from './guard.ts'

export interface ChildOptions {
  /** Names it in messages and before its lines. */
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  readonly cwd?: string
  /** Added to this process' own environment. */
  readonly env?: Readonly<Record<string, string>>
  /** `inherit`: it writes where we write. A function: gets each line of both its outputs. */
  readonly output: 'inherit' | ((line: string) => void)
  /** Gets everything that the child writes to its file descriptor 3, once it has ended. */
  readonly onResult?: (text: string) => void
}

/** How a child ended: one of the two is set. */
interface Ending {
  readonly code: number | undefined
  readonly signal: string | undefined
}

export interface Child {
  readonly name: string
  readonly processId: number | undefined
  /** Resolves when it is gone and all it wrote was read. Never rejects. */
  readonly ended: Promise<Ending>
  /**
   * Stops it in order: SIGTERM to its whole process group, and SIGKILL after `graceMs`. Resolves when it is gone.
   * Safe to call again; a later call with a shorter grace counts.
   */
  readonly stop: (graceMs: number) => Promise<Ending>
}

/** Lines longer than this are cut: a child must not fill our memory. */
const maxLineLength = 16_384
const maxResultLength = 1_000_000
/** How long after a child's end its outputs are read on. */
const lastOutputMs = 2_000

/**
 * Starts a process in a group of its own: Ctrl-C in the terminal reaches it only through {@link Child.stop}, so that
 * things stop in order; and it is ended when this process dies, however that happens.
 */
export function startChild(options: ChildOptions): Child {
  const { output } = options
  const pipes: StdioOptions =
    output === 'inherit' ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe']
  const child = spawn(options.program, options.args, {
    stdio: options.onResult === undefined ? pipes : [...pipes, 'pipe'],
    detached: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
  })
  const guard = child.pid === undefined ? undefined : standGuard(-child.pid)

  if (output !== 'inherit') {
    for (const stream of [child.stdout, child.stderr]) if (stream) readLines(stream, output)
  }
  let result = ''
  if (options.onResult !== undefined) {
    const pipe = child.stdio[3]
    if (!(pipe instanceof Readable)) throw new Error('file descriptor 3 cannot be read')
    pipe.setEncoding('utf8').on('data', (text: string) => {
      if (result.length < maxResultLength) result += text
    })
  }

  let gone = false
  const kill = (signal: NodeJS.Signals): void => {
    // Once it is gone, its number may belong to somebody else.
    if (child.pid === undefined || gone) return
    try {
      process.kill(-child.pid, signal)
    } catch {
      // The group is gone.
    }
  }
  const ended = new Promise<Ending>((resolve) => {
    child.once('error', (error) => {
      // Only a failed start has no process; a failed kill is followed by its end.
      if (child.pid !== undefined) return
      if (output !== 'inherit') output(error.message)
      resolve({ code: 127, signal: undefined })
    })
    child.once('exit', () => {
      // What it started and left behind goes with it, and must not keep its outputs open for ever.
      kill('SIGKILL')
      gone = true
      setTimeout(() => {
        for (const stream of child.stdio) stream?.destroy()
      }, lastOutputMs).unref()
    })
    child.once('close', (code, signal) => {
      options.onResult?.(result)
      resolve({ code: code ?? undefined, signal: signal ?? undefined })
    })
  }).finally(() => guard?.dismiss())

  const stop = async (graceMs: number): Promise<Ending> => {
    kill(graceMs > 0 ? 'SIGTERM' : 'SIGKILL')
    const timer = setTimeout(() => kill('SIGKILL'), graceMs)
    const ending = await ended
    clearTimeout(timer)
    return ending
  }
  return { name: options.name, processId: child.pid, ended, stop }
}

function readLines(stream: Readable, onLine: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = (lines.pop() ?? '').slice(0, maxLineLength)
    for (const line of lines) onLine(line.slice(0, maxLineLength))
  })
  stream.on('end', () => {
    if (rest !== '') onLine(rest)
  })
}
