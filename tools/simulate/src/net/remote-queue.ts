import type { Job, JobOutcome, JobQueue, NewJob } from '@segue/activation'
import { memoryJobs, type MemoryJobs, type QueueTime } from '@segue/activation/testing'
import type { Time } from '../time/time.ts'
import type { Host } from './host.ts'
import type { Network } from './network.ts'

/** As BullMQ is set up here: a dead worker’s job runs again after its lock has ended and somebody has looked. */
const lockMs = 15_000
const stalledLookMs = 15_000
/** A wait for jobs ends, and begins anew, after this long. */
const waitMs = 30_000
/** After a failure a worker asks again for jobs. */
const askAgainMs = 500

/** The queues as the server keeps them, by name. */
export interface QueueServer {
  readonly open: (name: string) => ServedJobs
  readonly names: () => readonly string[]
  /** No two takes have one token. */
  readonly nextToken: () => string
  /** Remembers all jobs. @returns has them be as they were */
  readonly moment: () => () => void
  /** Connections broke: whoever waited for a job asks again. */
  readonly forgetWaiting: (host?: Host) => void
}

export interface ServedJobs {
  /** Payloads are JSON, as BullMQ keeps them. */
  readonly jobs: MemoryJobs<string>
  /** Who waits for a job, in the order of asking. */
  readonly waiting: Set<Waiting>
  /** Somebody works on it, so that stalled jobs are looked for. */
  readonly workers: Set<Host>
}

interface Waiting {
  readonly host: Host
  readonly offer: () => void
}

export function createQueueServer(time: Time): QueueServer {
  const served = new Map<string, ServedJobs>()
  let takes = 0
  const queueTime: QueueTime = {
    nowMs: () => time.clock.nowMs(),
    at: (atMs, callback) => void time.after(atMs - time.now(), callback),
  }
  const serve = (): ServedJobs => {
    const own: ServedJobs = { jobs: memoryJobs(queueTime), waiting: new Set(), workers: new Set() }
    own.jobs.watch(() => {
      offerOne(own)
      // Whoever was told may be stopped just now. The others’ own waits end after this long.
      time.after(waitMs, () => {
        if (own.jobs.counts().waiting > 0) offerOne(own)
      })
    })
    const look = (): void => {
      const looks = [...own.workers].some((host) => !host.isGone() && !host.isPaused())
      if (looks) own.jobs.recover()
      time.after(stalledLookMs, look)
    }
    time.after(stalledLookMs, look)
    return own
  }
  return {
    open: (name) => {
      const found = served.get(name) ?? serve()
      served.set(name, found)
      return found
    },
    names: () => [...served.keys()],
    nextToken: () => {
      takes += 1
      return `${takes}`
    },
    moment: () => {
      const moments = Array.from(served.values(), ({ jobs }) => jobs.moment())
      return () => {
        for (const restore of moments) restore()
      }
    },
    forgetWaiting: (host) => {
      for (const { waiting } of served.values()) {
        for (const one of waiting) if (host === undefined || one.host === host) waiting.delete(one)
      }
    },
  }
}

/** A queue as a process on this host has it. */
export function remoteQueue<Payload>(
  time: Time,
  network: Network,
  host: Host,
  server: QueueServer,
  name: string,
): JobQueue<Payload> {
  const served = server.open(name)
  const { jobs } = served
  const ask = <Result>(what: string, run: () => Result): Promise<Result> =>
    network.call(host, `${name}.${what}`, run)
  return {
    add: (added: readonly NewJob<Payload>[]) =>
      added.length === 0 ? Promise.resolve() : ask('add', () => jobs.add(added.map(packed))),
    ensure: (wanted: readonly NewJob<Payload>[]) =>
      wanted.length === 0
        ? Promise.resolve()
        : ask('ensure', () => jobs.ensure(wanted.map(packed))),
    hasten: () => ask('hasten', () => jobs.hasten()),
    counts: () => ask('counts', () => jobs.counts()),
    close: () => Promise.resolve(),
    work: async (run, { concurrency }) => {
      await ask('work', () => served.workers.add(host))
      const running = new Map<string, Job<Payload>>()
      let isClosed = false
      let isAsking = false
      let idle: (() => void)[] = []
      const waiting: Waiting = { host, offer: () => network.push(host, () => again()) }

      const pull = async (): Promise<void> => {
        if (isClosed || isAsking || running.size >= concurrency) return
        isAsking = true
        const token = `${host.name}-${server.nextToken()}`
        try {
          const taken = await ask('take', () => jobs.take(token, lockMs))
          isAsking = false
          if (taken === undefined) {
            // As a blocking read: the server says when there is one, also where one came meanwhile.
            if (!isClosed) served.waiting.add(waiting)
            if (jobs.counts().waiting > 0) offerOne(served)
            return
          }
          const payload: Payload = JSON.parse(taken.payload)
          const job = { id: taken.id, payload }
          running.set(token, job)
          void execute(job, token)
        } catch {
          isAsking = false
          host.clock.after(askAgainMs, again)
          return
        }
        again()
      }
      const again = (): void => void pull()
      const execute = async (job: Job<Payload>, token: string): Promise<void> => {
        const keep = setKeeping(job, token)
        const outcome = await run(job).catch((): undefined => undefined)
        keep()
        // A worker whose answer does not come tries no more: the job stalls, and somebody runs it again.
        await end(job, token, outcome).catch(() => undefined)
        running.delete(token)
        if (running.size === 0) for (const settled of idle.splice(0)) settled()
        again()
      }
      const setKeeping = ({ id }: Job<Payload>, token: string): (() => void) => {
        let isOver = false
        const beat = (): void => {
          if (isOver) return
          void ask('renew', () => jobs.renew(id, token, lockMs)).catch(() => undefined)
          host.clock.after(lockMs / 2, beat)
        }
        host.clock.after(lockMs / 2, beat)
        return () => {
          isOver = true
        }
      }
      const end = async (
        { id }: Job<Payload>,
        token: string,
        outcome: JobOutcome<Payload> | undefined,
      ): Promise<void> => {
        if (outcome === undefined) await ask('failed', () => jobs.failed(id, token))
        else if (outcome.status === 'done') await ask('done', () => jobs.done(id, token))
        else {
          await ask('update', () => jobs.update(id, JSON.stringify(outcome.payload)))
          await ask('delay', () => jobs.delay(id, token, outcome.afterMs))
        }
      }
      network.reconnected.add((whom) => {
        if (whom === undefined || whom === host) host.reach(again)
      })
      again()
      return {
        close: async () => {
          isClosed = true
          served.waiting.delete(waiting)
          if (running.size > 0) await new Promise<void>((resolve) => idle.push(resolve))
          served.workers.delete(host)
        },
      }
    },
  }
}

function packed<Payload>(job: NewJob<Payload>): NewJob<string> {
  return { ...job, payload: JSON.stringify(job.payload) }
}

/** Tells the one who has waited longest. One that is gone has no connection any more. */
function offerOne({ waiting }: ServedJobs): void {
  for (const next of waiting) {
    waiting.delete(next)
    if (next.host.isGone()) continue
    next.offer()
    return
  }
}
