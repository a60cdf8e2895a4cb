import { execFile } from 'node:child_process'
import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { LauncherError } from '../launcher-error.ts'

/** What the search looks at; arguments, so that a test can show it a bare machine. */
export interface RedisSearch {
  /** Folders to search, as in `PATH`. */
  readonly path: string
  /** Who runs us: only root installs without asking `sudo`. */
  readonly uid: number
  /** Tells the person what takes so long. */
  readonly say: (line: string) => void
}

interface PackageCommand {
  readonly command: string
  /** One after the other until one works. */
  readonly attempts: readonly (readonly (readonly string[])[])[]
  readonly asRoot: boolean
}

/** The scripts and the blocking reads are written for, and tested on, 7.0. */
const oldestMajor = 7
const installTimeoutMs = 300_000

/** Folders of servers that a person's PATH often lacks. */
const furtherFolders = [
  '/usr/local/bin',
  '/usr/bin',
  '/usr/sbin',
  '/usr/local/sbin',
  '/opt/homebrew/bin',
]

const aptInstall = ['install', '-y', '--no-install-recommends', 'redis-server']
const packageCommands: readonly PackageCommand[] = [
  // A fresh container has no package lists: install, else update and install.
  { command: 'apt-get', attempts: [[aptInstall], [['update'], aptInstall]], asRoot: true },
  { command: 'dnf', attempts: [[['install', '-y', 'redis']]], asRoot: true },
  { command: 'apk', attempts: [[['add', '--no-cache', 'redis']]], asRoot: true },
  { command: 'brew', attempts: [[['install', 'redis']]], asRoot: false },
]

/** The search on this machine. */
export function thisMachine(say: (line: string) => void): RedisSearch {
  const path = [process.env['PATH'] ?? '', ...furtherFolders].join(delimiter)
  return { path, uid: process.getuid?.() ?? -1, say }
}

/**
 * Finds a Redis server on the PATH, else installs one with the system's package manager (design §13).
 * @returns the path of the program
 * @throws LauncherError `REDIS_MISSING`, `REDIS_INSTALL_FAILED`, `REDIS_TOO_OLD`
 */
export async function findOrInstallRedis(search: RedisSearch): Promise<string> {
  const found = (await findRedis(search.path)) ?? (await installRedis(search))
  await checkVersion(found)
  return found
}

async function findRedis(path: string): Promise<string | undefined> {
  return (await findProgram('redis-server', path)) ?? (await findProgram('valkey-server', path))
}

async function findProgram(name: string, path: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue
    const candidate = join(folder, name)
    try {
      await access(candidate, constants.X_OK)
      return candidate
    } catch {
      // Not in this folder.
    }
  }
  return undefined
}

async function installRedis(search: RedisSearch): Promise<string> {
  for (const { command, attempts, asRoot } of packageCommands) {
    const program = await findProgram(command, search.path)
    if (program === undefined) continue

    const prefix = asRoot && search.uid !== 0 ? await passwordlessSudo(search.path) : []
    if (prefix === undefined) {
      const line = ['sudo', command, ...(attempts[0]?.[0] ?? [])].join(' ')
      throw missing(`No Redis server was found, and installing it needs a password. Run: ${line}`)
    }

    search.say(`Redis is not installed; installing it with ${command} (this is done once)`)
    let output = ''
    for (const steps of attempts) {
      const failed = await runSteps([...prefix, program], steps)
      if (failed === undefined) {
        const installed = await findRedis(search.path)
        if (installed !== undefined) return installed
        output = `${command} succeeded, but there is no redis-server on the PATH`
      } else {
        output = failed
      }
    }
    throw new LauncherError(
      'REDIS_INSTALL_FAILED',
      `${command} could not install Redis. Install Redis ${oldestMajor} or newer yourself, or set REDIS_URL.\n${output}`,
      { exitCode: 3 },
    )
  }
  throw missing(
    `No Redis server was found, and none of apt-get, dnf, apk, brew is there to install it.`,
  )
}

function missing(reason: string): LauncherError {
  return new LauncherError(
    'REDIS_MISSING',
    `${reason}\nInstall Redis ${oldestMajor} or newer so that \`redis-server\` is on the PATH, or set REDIS_URL to a server that runs.`,
    { exitCode: 3 },
  )
}

/** The words to put before a command, or undefined where sudo would ask for a password. */
async function passwordlessSudo(path: string): Promise<readonly string[] | undefined> {
  const sudo = await findProgram('sudo', path)
  if (sudo === undefined) return undefined
  return (await run([sudo, '-n', 'true'])).failed ? undefined : [sudo, '-n']
}

/** @returns the output of the step that failed, or undefined when all worked */
async function runSteps(
  program: readonly string[],
  steps: readonly (readonly string[])[],
): Promise<string | undefined> {
  for (const step of steps) {
    const { failed, output } = await run([...program, ...step])
    if (failed) return output
  }
  return undefined
}

async function checkVersion(program: string): Promise<void> {
  const { output } = await run([program, '--version'])
  const major = /\bv=(\d+)\./.exec(output)?.[1]
  if (major !== undefined && Number(major) >= oldestMajor) return
  const version = major === undefined ? 'of an unknown version' : `version ${major}`
  throw new LauncherError(
    'REDIS_TOO_OLD',
    `${program} is ${version}; Redis ${oldestMajor} or newer is needed. Update it, or set REDIS_URL to a newer server.`,
    { exitCode: 3 },
  )
}

function run(words: readonly string[]): Promise<{ failed: boolean; output: string }> {
  const [program, ...rest] = words
  if (program === undefined) return Promise.resolve({ failed: true, output: '' })
  return new Promise((resolve) => {
    const options = {
      timeout: installTimeoutMs,
      maxBuffer: 8_000_000,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }
    execFile(program, rest, options, (error, stdout, stderr) => {
      const tail = `${stdout}${stderr}`.trimEnd().split('\n').slice(-15).join('\n')
      resolve({ failed: error !== null, output: tail === '' && error ? error.message : tail })
    })
  })
}
