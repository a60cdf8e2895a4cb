import { startWorker, type Worker } from '@segue/activation'
import { tableTransitions } from '@segue/profile'
import type { Dataflow, Ports } from '@segue/runtime'
import { memoryPorts, memoryStore, momentOf, type MemoryStore } from '@segue/runtime/testing'
import { createBooksChecks } from './check/books-checks.ts'
import type { EndScene } from './check/end-checks.ts'
import { createPartitionChecks } from './check/partition-checks.ts'
import { createSendChecks } from './check/send-checks.ts'
import { createTruth } from './check/truth.ts'
import { createVerdict, type Verdict } from './check/verdict.ts'
import { watchedPorts, type Checks } from './check/watched-ports.ts'
import type { History } from './history.ts'
import type { Plan } from './load/plan.ts'
import { simulatedSolution } from './load/simulated-solution.ts'
import type { Mutation } from './mutations/mutation.ts'
import { createHost, type Host } from './net/host.ts'
import { createNetwork, type Network } from './net/network.ts'
import { remotePorts } from './net/remote-ports.ts'
import { createQueueServer, remoteQueue } from './net/remote-queue.ts'
import type { Chance } from './time/chance.ts'
import type { Time } from './time/time.ts'

/** A process that runs a worker; whoever runs it starts it again where it could not start. */
export interface RunningWorker {
  readonly host: Host
  /** Undefined: it is starting. */
  worker: Worker | undefined
  isStopping: boolean
}

/** The whole system in one process: the store, its queues, workers, solutions, and the checkers that watch them. */
export interface World {
  readonly time: Time
  readonly chance: Chance
  readonly plan: Plan
  readonly history: History
  readonly network: Network
  readonly verdict: Verdict
  readonly checks: Checks
  /** What the checks of the end look at; it grows with the run. */
  readonly scene: EndScene & {
    readonly accepted: Set<number>
    readonly lost: Set<number>
    readonly excused: Set<string>
  }
  readonly workers: Set<RunningWorker>
  /** Ports of a process that runs no worker: a gateway, somebody who changes dataflows. */
  readonly portsOf: (host: Host) => Ports
  readonly startHost: (name: string) => Host
  readonly startWorker: () => RunningWorker
  /** At once, with all that it has in work. */
  readonly kill: (running: RunningWorker) => void
  readonly stop: (running: RunningWorker) => void
  /** Remembers the whole store. @returns has the store lose what came since */
  readonly remember: () => () => void
}

/** A stop that takes longer is ended. */
const stopMaxMs = 60_000

export function createWorld(
  time: Time,
  chance: Chance,
  plan: Plan,
  history: History,
  mutation: Mutation | undefined,
): World {
  const { tell, note } = history
  const store: MemoryStore = memoryStore(plan.partitions, time.clock)
  const verdict = createVerdict(tell)
  const truth = createTruth(store)
  const network = createNetwork(time, chance.apart('network'), note)
  const queues = createQueueServer(time)
  const dataflows = (): Dataflow[] =>
    Array.from(store.dataflows.values(), (json) => {
      const dataflow: Dataflow = JSON.parse(json)
      return dataflow
    })
  const dataflow = (id: string): Dataflow | undefined => dataflows().find((one) => one.id === id)
  const scene = { time, store, truth, verdict, tell, note }
  const sends = createSendChecks(scene, dataflow, plan.does.slowCalls ? 2_500 : 50)
  const solutions = plan.solutions.map((kind) =>
    simulatedSolution(time, chance.apart(`solution ${kind.name}`), kind, sends, note),
  )
  const checks: Checks = {
    partitions: createPartitionChecks(scene),
    sends,
    books: createBooksChecks(scene, (id) => dataflow(id)?.solutions ?? []),
  }
  const broken = { store, time, chance: chance.apart('mutation') }
  const link = { time, network, chance: chance.apart('link') }
  const workers = new Set<RunningWorker>()
  let hosts = 0
  let losses = 0

  const startHost = (name: string): Host =>
    createHost(time, name, plan.does.skew ? chance.whole(-300_000, 300_000) : 0)
  const portsOf = (host: Host): Ports => {
    const base = memoryPorts({
      partitionCount: plan.partitions,
      clock: time.clock,
      workerName: host.name,
      shared: store,
    })
    const carriedOut = mutation?.store?.(base, broken) ?? base
    const watched = watchedPorts(carriedOut, host.name, truth, checks)
    const remote = remotePorts(link, host, watched)
    return mutation?.client?.(remote, broken) ?? remote
  }
  const start = (running: RunningWorker): void => {
    const { host } = running
    const ports = portsOf(host)
    const failed = (what: string, error: unknown): void =>
      note(`${host.name} ${what}: ${error instanceof Error ? error.message : 'failed'}`)
    const begin = async (): Promise<void> => {
      await host.clock.ask(
        () => network.call(host, 'time', () => time.clock.nowMs()),
        (storeMs) => storeMs,
      )
      running.worker = await startWorker(ports, {
        roles: ['stream', 'activation', 'delivery'],
        partitionCount: plan.partitions,
        residentMax: 8,
        backfillProfilesPerSecond: 50,
        startTransitions: () => tableTransitions,
        solutions: solutions.map(({ adapter }) => {
          const own = adapter(host)
          return mutation?.solution?.(own, broken) ?? own
        }),
        openQueue: <Payload>(name: string) => {
          const queue = remoteQueue<Payload>(time, network, host, queues, name)
          return mutation?.queue?.(queue, name, broken) ?? queue
        },
        erased: (erasure) => {
          tell(`${host.name} ended the erasure ${erasure.id}`)
          return Promise.resolve()
        },
        log: {
          taken: () => undefined,
          ended: (partition, how) => note(`${host.name} ${how} partition ${partition}`),
          failed: (partition, error) => failed(`partition ${partition ?? '?'}`, error),
          mended: (partition, loss) =>
            tell(`${host.name} mended partition ${partition}: ${JSON.stringify(loss)}`),
          ledgerMended: (loss) => tell(`${host.name} mended a ledger: ${JSON.stringify(loss)}`),
          trouble: ({ solution, code, pausedMs }) =>
            note(`${host.name} ${solution} ${code}, paused for ${Math.round(pausedMs)} ms`),
          traces: (request) => note(`${host.name} found traces of ${request}`),
          unreadable: (error) => failed('dataflows', error),
        },
      })
      tell(`${host.name} runs`)
    }
    begin().catch((error: unknown) => {
      failed('could not start', error)
      world.kill(running)
      time.after(chance.whole(500, 3_000), () => void world.startWorker())
    })
  }
  const world: World = {
    time,
    chance,
    plan,
    history,
    network,
    verdict,
    checks,
    workers,
    scene: {
      ...scene,
      dataflows,
      solutions,
      queues,
      accepted: new Set(),
      lost: new Set(),
      excused: new Set(),
      refuses: (name, profileKey) =>
        plan.solutions.some((kind) => kind.name === name && kind.refuses(profileKey)),
    },
    portsOf,
    startHost,
    startWorker: () => {
      hosts += 1
      const running: RunningWorker = {
        host: startHost(`w${hosts}`),
        worker: undefined,
        isStopping: false,
      }
      workers.add(running)
      tell(`${running.host.name} starts`)
      start(running)
      return running
    },
    kill: (running) => {
      running.host.kill()
      workers.delete(running)
      network.forget(running.host)
      queues.forgetWaiting(running.host)
    },
    stop: (running) => {
      const { worker, host } = running
      if (worker === undefined || running.isStopping) return
      running.isStopping = true
      tell(`${host.name} stops`)
      const end = (how: string): void => {
        if (!workers.has(running)) return
        tell(`${host.name} ${how}`)
        world.kill(running)
      }
      time.after(stopMaxMs, () => end('did not stop in time'))
      worker.stop().then(
        () => end('stopped'),
        () => end('could not stop'),
      )
    },
    remember: () => {
      const atMs = time.now()
      const moment = momentOf(store)
      const jobs = queues.moment()
      const then = losses
      return () => {
        // What came before the last loss is gone for good.
        if (losses !== then) return
        losses += 1
        const partitions = [...store.partitions.keys()]
        moment.restore()
        jobs()
        for (const number of truth.cut(partitions)) world.scene.lost.add(number)
        checks.partitions.cut(partitions)
        sends.cut()
        for (const { key } of sends.toldSince(atMs)) world.scene.excused.add(key)
      }
    },
  }
  return world
}
