import { startChild, type Child } from './child.ts'

export interface AppOptions {
  /** Shown before its lines. */
  readonly name: string
  /** The TypeScript file to run, an absolute path. */
  readonly entry: string
  readonly args?: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** The processes of one launcher. */
export interface Children {
  /** Starts an app with this process' own Node. It is not started again when it ends. */
  readonly start: (options: AppOptions) => App
  /** Resolves with a sentence when a child ends that nobody asked to. */
  readonly failed: Promise<string>
  /** Stops all in order, the last started first, each within `graceMs`. Resolves when none is left. */
  readonly stop: () => Promise<void>
  /** Ends all at once. */
  readonly kill: () => Promise<void>
}

/** A child that says when it is ready. */
export interface App extends Child {
  /** Text of the JSON line with `"ready":true` that it writes when it may be used. Never resolves where it ends before. */
  readonly ready: Promise<string>
}

export interface ChildrenOptions {
  /** Gets every line that a child writes, with the child's name before it. */
  readonly write: (line: string) => void
  /** How long a child may take to stop before SIGKILL. */
  readonly graceMs: number
}

export function startChildren(options: ChildrenOptions): Children {
  const children: Child[] = []
  let stopping = false
  const failure = Promise.withResolvers<string>()

  const start = ({ name, entry, args = [], env }: AppOptions): App => {
    const ready = Promise.withResolvers<string>()
    const child = startChild({
      name,
      program: process.execPath,
      args: [entry, ...args],
      env,
      output: (line) => {
        if (line.startsWith('{"ready":true')) ready.resolve(line)
        else options.write(`[${name}] ${line}`)
      },
    })
    children.push(child)
    void report(child)
    return { ...child, ready: ready.promise }
  }

  const report = async (child: Child): Promise<void> => {
    const { code, signal } = await child.ended
    if (stopping) return
    const how = signal === undefined ? `with code ${code}` : `by ${signal}`
    failure.resolve(`${child.name} ended ${how}; its last lines above say why`)
  }

  let stopped: Promise<void> | undefined
  const stop = (): Promise<void> => {
    stopping = true
    stopped ??= (async () => {
      // The gateway before the processor, so that what was accepted is still worked off; the sandbox last.
      for (const child of children.toReversed()) await child.stop(options.graceMs)
    })()
    return stopped
  }
  const kill = async (): Promise<void> => {
    stopping = true
    await Promise.all(children.map((child) => child.stop(0)))
  }
  return { start, failed: failure.promise, stop, kill }
}
