import type { Redis } from 'ioredis'

/** What a whole run asked of a Redis, as far as Redis Cluster would care. */
export interface SlotsWatch {
  /** Names of commands that were sent, by clients and by scripts. */
  readonly commands: ReadonlySet<string>
  /** How many scripts ran that touched a key. */
  readonly scripts: () => number
  /** Commands and scripts that touched keys with more than one hash tag, each as the tags that met. */
  readonly crossings: ReadonlySet<string>
  readonly stop: () => void
}

const scriptCommands: ReadonlySet<string> = new Set(['eval', 'evalsha'])

/**
 * Watches every command that a Redis gets, and every one that its scripts run, by `MONITOR`. A test of one Redis shows so what
 * would work on a cluster: a script names its keys, and touches others that it makes names for.
 *
 * Keys of Segue begin with their hash tag, and nothing else that is sent begins like one.
 */
export async function watchSlots(redis: Redis): Promise<SlotsWatch> {
  const monitor = await redis.monitor()
  const commands = new Set<string>()
  const crossings = new Set<string>()
  let scripts = 0
  let script = new Set<string>()
  let isScript = false
  const end = (): void => {
    if (isScript && script.size > 0) scripts += 1
    if (script.size > 1) crossings.add([...script].toSorted().join(' '))
    script = new Set()
  }
  monitor.on('monitor', (_time: string, args: readonly string[], source: string) => {
    const name = (args[0] ?? '').toLowerCase()
    commands.add(name)
    // What a script runs follows it at once: nothing comes between.
    if (source !== 'lua') {
      end()
      isScript = scriptCommands.has(name)
    }
    const keys = isScript && source !== 'lua' ? args.slice(3, 3 + Number(args[2])) : args.slice(1)
    for (const key of keys) {
      const tag = /^\{(segue[^}]*)\}/.exec(key)?.[1]
      if (tag !== undefined) script.add(tag)
    }
  })
  return {
    commands,
    scripts: () => scripts,
    crossings,
    stop: () => {
      end()
      monitor.disconnect()
    },
  }
}
