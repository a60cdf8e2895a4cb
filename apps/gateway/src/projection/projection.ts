import type { ConfigurationStore } from '@segue/destinations'
import { isRedisAway } from '@segue/redis'
import type { Dataflows } from '@segue/runtime'
import type { Logger } from '@segue/telemetry'
import { oneAfterAnother } from './one-after-another.ts'
import { projectSandbox } from './project-sandbox.ts'

/** Waits between tries, doubled from the first to the last. */
const retryFirstMs = 500
const retryLastMs = 30_000

export interface Projection {
  /** The store, of which a change returns only when the engine goes by it. */
  readonly configuration: ConfigurationStore
  readonly stop: () => Promise<void>
}

/**
 * Keeps the engine's dataflows as the configuration says: at the start, after each change that is made through what it returns,
 * and whenever others have changed it. What cannot be put is tried again until it can; a process that dies in between loses
 * nothing, since each start looks at everything.
 */
export async function startProjection({
  configuration,
  sandboxes,
  log,
}: {
  readonly configuration: ConfigurationStore
  readonly sandboxes: ReadonlyMap<
    string,
    { readonly name: string; readonly ports: { readonly dataflows: Dataflows } }
  >
  readonly log: Pick<Logger, 'debug' | 'error'>
}): Promise<Projection> {
  let afresh = true
  let stopped = false
  let retry: NodeJS.Timeout | undefined
  let retryMs = retryFirstMs
  const project = oneAfterAnother(async () => {
    const now = await configuration.read()
    const all = afresh
    // Until it went well: it may end in the middle.
    afresh = true
    for (const { name, ports } of sandboxes.values()) {
      await projectSandbox(ports.dataflows, now, name, all)
    }
    afresh = false
    retryMs = retryFirstMs
  })
  const projectInTime = async (): Promise<void> => {
    if (stopped) return
    try {
      await project()
    } catch (error) {
      log[isRedisAway(error) ? 'debug' : 'error']({ err: error }, 'flows did not reach the engine')
      clearTimeout(retry)
      retry = setTimeout(() => void projectInTime(), retryMs).unref()
      retryMs = Math.min(retryMs * 2, retryLastMs)
    }
  }
  const unwatch = await configuration.watch(() => void projectInTime())
  await project()
  return {
    configuration: {
      ...configuration,
      change: async (version, writes, audit) => {
        const changed = await configuration.change(version, writes, audit)
        if (!changed) return false
        try {
          await project()
        } catch (error) {
          void projectInTime()
          throw error
        }
        return true
      },
    },
    stop: async () => {
      stopped = true
      clearTimeout(retry)
      await unwatch()
    },
  }
}
