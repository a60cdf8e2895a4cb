import { redisTrouble, writableKey, type RedisConnection } from '@segue/redis'
import { assignPartitions, livenessMs, type Clock, type Partitions } from '@segue/runtime'

/** Why this process cannot do its work just now. */
export interface Unreadiness {
  readonly code: 'STARTING' | 'STOPPING' | 'REDIS_UNAVAILABLE' | 'LIVENESS_LAPSED'
  readonly detail: string
  /** What a person should do. */
  readonly remedy: string
}

/** What the readiness of a process is made of. */
export interface Readiness {
  readonly ready: boolean
  readonly reasons: readonly Unreadiness[]
  readonly sandboxes: readonly SandboxReadiness[]
}

/** One sandbox of a process. */
export interface SandboxReadiness {
  readonly sandbox: string
  /** Partitions that are owned here, and those that fall to this worker by who lives. While these differ partitions are on their way. */
  readonly partitions?: { readonly owned: number; readonly expected: number }
}

/** A sandbox' worker, as readiness looks at it. */
export interface WatchedWorker {
  readonly sandbox: string
  readonly worker: string
  readonly partitionCount: number
  /** Undefined where it does not step. */
  readonly partitions: Pick<Partitions, 'owned' | 'renewal'> | undefined
  readonly clock: Clock
}

export interface ReadinessOptions {
  readonly state: () => 'starting' | 'running' | 'stopping'
  readonly redis: () => Pick<RedisConnection, 'set'> | undefined
  readonly workers: () => readonly WatchedWorker[]
}

/** A Redis that answers later than this is of no use to anybody who waits. */
const writeDeadlineMs = 1_000
const writtenKeptMs = 10_000

/** Asks whether this process can do its work: Redis takes a write, and each worker is known to live. */
export async function askReadiness({
  state,
  redis,
  workers,
}: ReadinessOptions): Promise<Readiness> {
  const sandboxes = workers().map(viewWorker)
  const reasons: Unreadiness[] = []
  if (state() !== 'running') reasons.push(state() === 'starting' ? starting : stopping)
  const connection = redis()
  if (connection !== undefined) {
    const trouble = await writeTrouble(connection)
    if (trouble !== undefined) reasons.push(trouble)
  }
  for (const worker of workers()) {
    if (hasLapsed(worker)) reasons.push(lapsed(worker.sandbox))
  }
  return { ready: reasons.length === 0, reasons, sandboxes }
}

/** Partitions that fall to a worker by those that lived at its last renewal. */
export function expectedPartitions({ worker, partitionCount, partitions }: WatchedWorker): number {
  const live = partitions?.renewal().workers.filter(({ state }) => state === 'live') ?? []
  const assigned = assignPartitions(
    live.map(({ name }) => name),
    partitionCount,
  )
  return assigned.filter((name) => name === worker).length
}

function viewWorker(worker: WatchedWorker): SandboxReadiness {
  const { sandbox, partitions } = worker
  if (partitions === undefined) return { sandbox }
  const owned = partitions.owned().length
  return { sandbox, partitions: { owned, expected: expectedPartitions(worker) } }
}

/** Others count a worker as gone that did not renew for so long, and take what it has. */
function hasLapsed({ partitions, clock }: WatchedWorker): boolean {
  return partitions !== undefined && clock.nowMs() - partitions.renewal().storeMs > livenessMs
}

async function writeTrouble(redis: Pick<RedisConnection, 'set'>): Promise<Unreadiness | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, writeDeadlineMs, 'late')
  })
  try {
    const written = redis.set(writableKey, '1', 'PX', writtenKeptMs)
    written.catch(() => {})
    if ((await Promise.race([written, late])) !== 'late') return undefined
    return {
      code: 'REDIS_UNAVAILABLE',
      detail: 'Redis does not answer in time',
      remedy: lateRemedy,
    }
  } catch (error) {
    const trouble = redisTrouble(error)
    if (trouble !== undefined) {
      return { code: 'REDIS_UNAVAILABLE', detail: trouble.what, remedy: trouble.remedy }
    }
    // What else it says may hold anything.
    return { code: 'REDIS_UNAVAILABLE', detail: 'Redis refuses a write', remedy: refusedRemedy }
  } finally {
    clearTimeout(timer)
  }
}

const lateRemedy =
  'Look at Redis’ own log, its disk and its load; what was accepted goes on by itself.'
const refusedRemedy = 'Look at the log of this process and at Redis’ own.'

const starting: Unreadiness = {
  code: 'STARTING',
  detail: 'the process has not begun its work yet',
  remedy: 'Wait; its log says what it waits for.',
}

const stopping: Unreadiness = {
  code: 'STOPPING',
  detail: 'the process is shutting down',
  remedy: 'Nothing; another takes its work.',
}

function lapsed(sandbox: string): Unreadiness {
  return {
    code: 'LIVENESS_LAPSED',
    detail: `the worker of sandbox ${sandbox} has not renewed its liveness in time, so others take its partitions`,
    remedy: 'If it lasts: look at the load of this machine, and at Redis.',
  }
}
