import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startChildren, type App } from '../children.ts'
import type { SandboxReady } from '../launch/sandbox.ts'
import { solutionsForSandbox } from '../launch/sandbox-solutions.ts'
import {
  startPrivateRedis,
  type PrivateRedis,
  type PrivateRedisOptions,
} from '../redis/private-redis.ts'

/** What may be set of the parts of a system. */
export interface PartsOptions extends PrivateRedisOptions {
  /** Default 4: few, so that a system is light; more than one, so that partitions matter. */
  readonly partitionCount?: number
  /** Starts another Redis than a private one with these options. */
  readonly startRedis?: (dir: string) => Promise<PrivateRedis>
  readonly machines?: 'table' | 'xstate'
  /** Laid over the adapters' settings, by solution. */
  readonly adapterSettings?: Readonly<Record<string, object>>
  /** Laid over the sandbox' settings. */
  readonly sandboxSettings?: object
  /** Laid over the processors' settings. */
  readonly processorSettings?: Readonly<Record<string, string>>
  /** Laid over a program's environment, by its name: `gateway`, or a processor's own. */
  readonly environment?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** What the sandbox' servers hold from the start, as it keeps its state. */
  readonly sandboxState?: object
  /** A token that Redis knows already; default: the gateway issues one. */
  readonly adminToken?: string
  /** Gets every line that a program writes, with its name before it. */
  readonly write?: (line: string) => void
}

/** A program of ours in a process. */
export interface Part {
  readonly name: string
  readonly processId: number
  readonly kill9: () => Promise<void>
  /** SIGTERM, and SIGKILL after `graceMs` (default 10 s). */
  readonly stop: (graceMs?: number) => Promise<{ readonly code: number | undefined }>
  readonly ended: App['ended']
}

/** A folder, a Redis, and a way to start our programs with what connects them. */
export interface Parts {
  readonly redis: PrivateRedis
  /** What the programs wrote, the latest last. */
  readonly logged: () => readonly string[]
  readonly startSandbox: () => Promise<SandboxReady>
  readonly startProcessor: (worker: string) => Promise<Part>
  /** Writes the solutions file anew: for processors that start from now on. */
  readonly configure: (
    adapterSettings: NonNullable<PartsOptions['adapterSettings']>,
  ) => Promise<void>
  /** @param name default `gateway` */
  readonly startGateway: (name?: string) => Promise<{
    readonly url: string
    readonly token: string
    readonly part: Part
  }>
  /** Starts a program and waits until it has ended, however it does. */
  readonly runToEnd: (
    program: 'processor' | 'gateway',
  ) => Promise<{ readonly code: number | undefined; readonly output: string }>
  readonly stop: () => Promise<void>
}

const partitionCountDefault = 4
const linesKept = 2_000
const stopGraceMs = 10_000

const entries = {
  sandbox: fileURLToPath(new URL('../../../sandbox/src/main.ts', import.meta.url)),
  processor: fileURLToPath(new URL('../../../../apps/processor/src/main.ts', import.meta.url)),
  gateway: fileURLToPath(new URL('../../../../apps/gateway/src/main.ts', import.meta.url)),
}

/** Prepares a folder and a Redis of their own; the programs are started one by one. */
export async function prepareParts(options: PartsOptions): Promise<Parts> {
  const dir = await mkdtemp(join(tmpdir(), 'segue-system-'))
  const startRedis = options.startRedis ?? ((place: string) => startPrivateRedis(place, options))
  const redis = await startRedis(join(dir, 'redis'))
  const lines: string[] = []
  const children = startChildren({
    graceMs: stopGraceMs,
    write: (line) => {
      lines.push(line)
      if (lines.length > linesKept) lines.shift()
      options.write?.(line)
    },
  })
  let secrets: Readonly<Record<string, string>> = {}
  let file: SolutionsFile = {}
  const solutionsFile = join(dir, 'solutions.json')
  await writeFile(solutionsFile, '{}')
  const tokenFile = join(dir, 'admin-token')
  if (options.adminToken !== undefined) await writeFile(tokenFile, options.adminToken)
  const stateFile = join(dir, 'sandbox-state.json')
  const sandboxArgs = ['--settings', join(dir, 'sandbox.json')]
  if (options.sandboxState !== undefined) {
    await writeFile(stateFile, JSON.stringify(options.sandboxState))
    sandboxArgs.push('--state', stateFile)
  }

  const start = (program: keyof typeof entries, name: string, env: Record<string, string>): App =>
    children.start({
      name,
      entry: entries[program],
      args: program === 'sandbox' ? sandboxArgs : [],
      env: {
        REDIS_URL: redis.url,
        SEGUE_PARTITIONS: String(options.partitionCount ?? partitionCountDefault),
        SEGUE_LOG_LEVEL: 'warn',
        ...env,
        ...options.environment?.[name],
      },
    })
  const readyLine = async (app: App): Promise<string> => {
    const line = await Promise.race([app.ready, app.ended])
    if (typeof line === 'string') return line
    throw new Error(`${app.name} ended before it was ready:\n${lines.slice(-20).join('\n')}`)
  }
  const processor = (worker: string): App =>
    start('processor', worker, {
      ...secrets,
      SEGUE_WORKER: worker,
      SEGUE_MACHINES: options.machines ?? 'table',
      SEGUE_SOLUTIONS_FILE: solutionsFile,
      ...options.processorSettings,
    })
  const gateway = (name = 'gateway'): App =>
    start('gateway', name, { SEGUE_PORT: '0', SEGUE_ADMIN_TOKEN_FILE: tokenFile })

  return {
    redis,
    logged: () => lines,
    startSandbox: async () => {
      const settings = { preset: 'loose', journalEntries: 100_000, ...options.sandboxSettings }
      await writeFile(join(dir, 'sandbox.json'), JSON.stringify(settings))
      const ready: SandboxReady = JSON.parse(await readyLine(start('sandbox', 'sandbox', {})))
      const set = solutionsForSandbox(ready)
      secrets = set.secrets
      file = set.file
      await writeFile(solutionsFile, JSON.stringify(adjusted(file, options.adapterSettings)))
      return ready
    },
    configure: (adapterSettings) =>
      writeFile(solutionsFile, JSON.stringify(adjusted(file, adapterSettings))),
    startProcessor: async (worker) => {
      const app = processor(worker)
      await readyLine(app)
      return partOf(app)
    },
    startGateway: async (name) => {
      const app = gateway(name)
      const { url }: { readonly url: string } = JSON.parse(await readyLine(app))
      return { url, token: (await readFile(tokenFile, 'utf8')).trim(), part: partOf(app) }
    },
    runToEnd: async (program) => {
      const app = program === 'gateway' ? gateway() : processor('refused')
      const { code } = await app.ended
      const own = lines.filter((line) => line.startsWith(`[${app.name}] `))
      return { code, output: own.join('\n') }
    },
    stop: async () => {
      await children.kill()
      await redis.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

function partOf(app: App): Part {
  const { processId } = app
  if (processId === undefined) throw new Error(`${app.name} has no process`)
  return {
    name: app.name,
    processId,
    kill9: async () => void (await app.stop(0)),
    stop: (graceMs = stopGraceMs) => app.stop(graceMs),
    ended: app.ended,
  }
}

/** The solutions file with what a test wants otherwise. */
function adjusted(
  file: SolutionsFile,
  adapterSettings: PartsOptions['adapterSettings'],
): SolutionsFile {
  return Object.fromEntries(
    Object.entries(file).map(([name, solution]) => [
      name,
      { ...solution, settings: { ...solution.settings, ...adapterSettings?.[name] } },
    ]),
  )
}

type SolutionsFile = ReturnType<typeof solutionsForSandbox>['file']
