import { spawn, type ChildProcess } from 'node:child_process'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Redis } from 'ioredis'
import { standGuard } from '../guard.ts'
import { LauncherError } from '../launcher-error.ts'
import { freePort, isPortFree } from './free-port.ts'
import { configFile, pidFile, stopPreviousServer } from './previous-server.ts'
import { connectOnce, infoField } from './redis-connection.ts'

/** Settings of a private server. Nothing has a hidden default. */
export interface RedisOptions {
  /** The program, from `findOrInstallRedis`. */
  readonly program: string
  /** The server's own folder: data, settings, log. Made when it is not there. */
  readonly dir: string
  /** A port of 127.0.0.1, or `free`: any that is. */
  readonly port: number | 'free'
  /** True: every write goes to an append-only file, synced each second. False: memory only. */
  readonly appendonly: boolean
  /** Timer ticks a second: at Redis' own 10, delayed jobs are up to 100 ms late (design §8). */
  readonly hz: number
  readonly maxmemoryPolicy: string
  /** Further lines of `redis.conf`, by name. */
  readonly settings?: Readonly<Record<string, string>>
}

/** A private server that runs. */
export interface RedisServer {
  readonly url: string
  readonly port: number
  readonly processId: number
  /** Resolves when the server is gone, stopped or crashed. Never rejects. */
  readonly exited: Promise<void>
  /** Stops it in order (SIGTERM; SIGKILL after 10 s) and waits until it is gone. Safe to call twice. */
  readonly stop: () => Promise<void>
}

const startTimeoutMs = 30_000
const stopTimeoutMs = 10_000
const freePortAttempts = 5

/**
 * Starts a private Redis on 127.0.0.1 and waits until it answers PING, which includes reading its data back.
 * It lives in its own process group, so Ctrl-C in a terminal does not reach it before the launcher has stopped what uses
 * it; and it never outlives the launcher, even one that was killed with -9.
 * @throws LauncherError `REDIS_DIR_NOT_WRITABLE`, `REDIS_DIR_IN_USE`, `REDIS_PORT_TAKEN`, `REDIS_DID_NOT_START`
 */
export async function startRedis(options: RedisOptions): Promise<RedisServer> {
  const dir = resolve(options.dir)
  await prepareFolder(dir)
  await stopPreviousServer(dir)
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port === 'free' ? await freePort() : options.port
    if (options.port !== 'free' && !(await isPortFree(port))) throw portTaken(port)
    try {
      return await launch(options, dir, port)
    } catch (error) {
      // Somebody else took the port between looking and binding.
      const taken = error instanceof LauncherError && error.code === 'REDIS_PORT_TAKEN'
      if (!taken || options.port !== 'free' || attempt === freePortAttempts) throw error
    }
  }
}

async function prepareFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const probe = await open(logFile(dir), 'w')
    await probe.close()
  } catch (cause) {
    throw new LauncherError(
      'REDIS_DIR_NOT_WRITABLE',
      `Cannot write to ${dir}: ${cause instanceof Error ? cause.message : String(cause)}. Make it writable or choose another folder.`,
      { exitCode: 3, cause },
    )
  }
}

const logFile = (dir: string): string => join(dir, 'redis.log')

function configText(options: RedisOptions, dir: string, port: number): string {
  const lines: Record<string, string> = {
    bind: '127.0.0.1',
    port: String(port),
    dir: quoted(dir),
    pidfile: quoted(pidFile(dir)),
    logfile: quoted(logFile(dir)),
    daemonize: 'no',
    // Snapshots would fork the server for nothing: the append-only file is the durable copy.
    save: '""',
    appendonly: options.appendonly ? 'yes' : 'no',
    appendfsync: 'everysec',
    hz: String(options.hz),
    'maxmemory-policy': options.maxmemoryPolicy,
    ...options.settings,
  }
  return Object.entries(lines)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('')
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

async function launch(options: RedisOptions, dir: string, port: number): Promise<RedisServer> {
  await writeFile(configFile(dir), configText(options, dir, port), { mode: 0o600 })
  const child = spawn(options.program, [configFile(dir)], {
    cwd: dir,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-4_000)
  })
  const exited = new Promise<void>((done) => {
    child.once('exit', () => done())
    child.once('error', (error) => {
      complaint += error.message
      done()
    })
  })
  const processId = child.pid
  if (processId === undefined) {
    await exited
    throw didNotStart(complaint)
  }
  const guard = standGuard(processId)
  void exited.then(guard.dismiss)

  let watch: Redis
  try {
    watch = await untilReady(port, processId, () => hasEnded(child))
  } catch (cause) {
    child.kill('SIGKILL')
    await exited
    const log = await readFile(logFile(dir), 'utf8').catch(() => '')
    const reason = `${complaint}${log}`.trim().split('\n').slice(-8).join('\n')
    if (/address already in use/i.test(reason)) throw portTaken(port)
    throw didNotStart(reason, cause)
  }

  let stopping: Promise<void> | undefined
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    processId,
    exited,
    stop: () => (stopping ??= stopChild(child, exited, watch)),
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** @returns the launcher's connection, kept open as a sign that the server is in use */
async function untilReady(port: number, processId: number, ended: () => boolean): Promise<Redis> {
  const deadlineMs = Date.now() + startTimeoutMs
  let last: unknown
  while (!ended() && Date.now() < deadlineMs) {
    let redis: Redis | undefined
    try {
      redis = await connectOnce(port)
      // While it reads its data back it answers LOADING, which arrives here as an error.
      await redis.ping()
      const answering = infoField(await redis.info('server'), 'process_id')
      if (answering === String(processId)) return redis
      throw new Error(`port ${port}: address already in use by process ${answering ?? 'unknown'}`)
    } catch (error) {
      last = error
      redis?.disconnect()
    }
    await new Promise((wake) => setTimeout(wake, 20))
  }
  throw last ?? new Error('it ended at once')
}

async function stopChild(child: ChildProcess, exited: Promise<void>, watch: Redis): Promise<void> {
  watch.disconnect()
  if (!hasEnded(child)) child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await exited
  clearTimeout(timer)
}

function portTaken(port: number): LauncherError {
  return new LauncherError(
    'REDIS_PORT_TAKEN',
    `Port ${port} of 127.0.0.1 is taken by another process. Stop it, or choose another port.`,
    { exitCode: 3 },
  )
}

function didNotStart(reason: string, cause?: unknown): LauncherError {
  return new LauncherError(
    'REDIS_DID_NOT_START',
    `Redis did not start:\n${reason === '' ? 'it gave no reason' : reason}`,
    { exitCode: 3, cause },
  )
}
