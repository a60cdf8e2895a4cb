import { createRedisBackend, type BackendFactory, type RedisQueueBackend } from 'bullmq'

/** Tells the store's time, epoch milliseconds. */
export interface StoreTime {
  readonly nowMs: () => number
}

/**
 * Where the scripts of BullMQ 6 that compare or write times take "now", as place in their arguments: keys first. They get it from
 * the process that calls, by its own clock.
 */
const nowAt: Readonly<Record<string, number>> = {
  moveToActive: 12,
  moveToFinished: 15,
  moveToDelayed: 12,
  retryJob: 12,
  moveStalledJobsToWait: 11,
}
/** Scripts that answer with the next job. */
const fetches: ReadonlySet<string> = new Set(['moveToActive', 'moveToFinished', 'moveToDelayed'])
/** Where the answer has the job's fields, flat, and when the next delayed job is due. */
const jobAt = 0
const delayedUntilAt = 3

/**
 * BullMQ's own backend with time as Redis has it: a job that waits is promoted when Redis' clock says so, however wrong the clocks
 * of the hosts are, and whichever of them looks.
 *
 * Scripts get the store's time in place of the process'. What they answer of times is turned into the process' own, which BullMQ's
 * worker compares it with: how long it blocks, and since when it holds a job's lock. A job's times stay in the store's.
 *
 * @throws TypeError where a script does not take its time where it did when this was written: another BullMQ
 */
export function storeClockBackend(clock: StoreTime): BackendFactory<RedisQueueBackend> {
  const toOwnMs = (storeMs: number): number => storeMs - clock.nowMs() + Date.now()
  return (name, options, around) => {
    const backend = createRedisBackend(name, options, around)
    const execCommand = backend.execCommand.bind(backend)
    const waitForJob = backend.waitForJob.bind(backend)
    return Object.assign(backend, {
      execCommand: (
        client: Parameters<typeof execCommand>[0],
        command: string,
        args: unknown[],
      ): unknown => {
        const answer: unknown = execCommand(client, command, atStoreTime(command, args, clock))
        // In a transaction there is no answer yet; none of these is sent in one.
        return fetches.has(command) ? turned(answer, toOwnMs) : answer
      },
      waitForJob: async (blockSecs: number) => {
        const marker = await waitForJob(blockSecs)
        // 0: a job waits already.
        return marker === null || !(marker.score > 0)
          ? marker
          : { ...marker, score: toOwnMs(marker.score) }
      },
    })
  }
}

function atStoreTime(command: string, args: unknown[], clock: StoreTime): unknown[] {
  const at = nowAt[command]
  if (at === undefined) return args
  if (typeof args[at] !== 'number') {
    throw new TypeError(`BullMQ's ${command} does not take its time where it did`)
  }
  return args.with(at, clock.nowMs())
}

async function turned(answer: unknown, toOwnMs: (storeMs: number) => number): Promise<unknown> {
  return atOwnTime(await answer, toOwnMs)
}

function atOwnTime(answer: unknown, toOwnMs: (storeMs: number) => number): unknown {
  if (!Array.isArray(answer)) return answer
  const next: unknown[] = [...answer]
  const until = Number(next[delayedUntilAt])
  if (until > 0) next[delayedUntilAt] = toOwnMs(until)
  const fields: unknown = next[jobAt]
  if (Array.isArray(fields)) {
    const at = fields.indexOf('processedOn') + 1
    if (at > 0) next[jobAt] = fields.with(at, String(toOwnMs(Number(fields[at]))))
  }
  return next
}
