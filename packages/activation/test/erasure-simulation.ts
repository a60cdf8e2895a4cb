import { randomUUID } from 'node:crypto'
import {
  EraseKind,
  StatusExited,
  StatusRealized,
  tableTransitions,
  UpdateKind,
  type LogRecord,
} from '@segue/profile'
import {
  erasureId,
  hashProfileKey,
  packBatch,
  startPartitionLoop,
  type Dataflow,
  type Erasure,
  type PartitionLoop,
  type Ports,
  type StoredEntry,
} from '@segue/runtime'
import { memoryPorts, memoryStore, simulatedClock } from '@segue/runtime/testing'
import { onTestFinished } from 'vitest'
import {
  activationJob,
  createActivation,
  createDelivery,
  createErasure,
  erasureJob,
  planSolution,
  sweepPartition,
  type ActivationJob,
  type DeliveryJob,
  type ErasureJob,
  type JobQueue,
  type UpkeepJob,
} from '../src/index.ts'
import { jobBag, type JobBag } from './job-bag.ts'
import { scriptedSolution, type ScriptedSolution } from './scripted-solution.ts'

const partition = 0
const activationDelayMs = 10_000
export const erasedKey = 'ECID:erase-me'
export const otherKey = 'ECID:stays'

/** One partition and one solution in memory, with two dataflows, in which a test says what happens when. */
export interface ErasureSimulation {
  readonly ports: Ports
  readonly scripted: ScriptedSolution
  readonly nowMs: () => number
  readonly update: (
    profileKey: string,
    segment: string,
    status: 'realized' | 'exited',
    qualifiedMs?: number,
  ) => Promise<void>
  readonly disable: (dataflow: string) => Promise<void>
  /** Asks for the erasure. @returns the request's id */
  readonly erase: () => Promise<string>
  readonly request: (id: string) => Promise<Erasure>
  /** Runs whatever there is to run once, and lets time pass. */
  readonly round: (options?: { readonly ms?: number; readonly delivers?: boolean }) => Promise<void>
  /** Rounds until the request is done. @throws where it is not in a hundred */
  readonly done: (id: string) => Promise<Erasure>
  /** Another worker takes the partition. */
  readonly takeOver: () => Promise<void>
  /** Keys of what names the erased profile. */
  readonly traces: () => Promise<readonly string[]>
  /** Every job that was ever added. */
  readonly added: readonly unknown[]
  /** How often a proof found traces. */
  readonly tracesFound: () => number
}

/**
 * @param wrap stand-ins for the ports that erasure jobs use, to make them fail
 */
export async function erasureSimulation(
  wrap: (ports: Ports) => Ports = (ports) => ports,
): Promise<ErasureSimulation> {
  const clock = simulatedClock(Date.UTC(2026, 10, 23, 10))
  const ports = memoryPorts({ partitionCount: 1, clock, shared: memoryStore(1, clock) })
  const scripted = scriptedSolution()
  const { name } = scripted.solution
  const flow = (id: string, segments: readonly string[]): Dataflow => ({
    id,
    name: id,
    enabled: true,
    activationDelayMs,
    solutions: [name],
    segments: Object.fromEntries(
      segments.map((segment) => [segment, { name: segment, solutions: [name] }]),
    ),
  })
  await ports.dataflows.put(flow('eca', ['ups:a', 'ups:b', 'ups:c']))
  await ports.dataflows.put(flow('old', ['ups:d']))
  let known = { version: 0, dataflows: await ports.dataflows.list() }
  const read = async (): Promise<void> => {
    known = { version: await ports.dataflows.version(), dataflows: await ports.dataflows.list() }
  }
  await read()
  const dataflow = (id: string): Dataflow | undefined =>
    known.dataflows.find((one) => one.id === id)

  const added: unknown[] = []
  const watched = <Payload>(bag: JobBag<Payload>): JobBag<Payload> => {
    const add: JobQueue<Payload>['add'] = async (jobs) => {
      added.push(...jobs)
      await bag.add(jobs)
    }
    return { ...bag, add, ensure: add }
  }
  const activations = watched(jobBag<ActivationJob>())
  const deliveries = watched(jobBag<DeliveryJob>())
  const erasures = watched(jobBag<ErasureJob>())
  const sweepErasures = async (): Promise<void> => {
    const requests = await ports.erasures.unfinished(partition)
    await erasures.ensure(requests.map((id) => erasureJob(partition, id)))
  }

  let loop: PartitionLoop | undefined
  const takeOver = async (): Promise<void> => {
    await loop?.stop()
    await ports.ownership.renew()
    loop = startPartitionLoop(ports, {
      partition,
      owner: (await ports.ownership.take(partition)) ?? '',
      residentMax: 4,
      startTransitions: () => tableTransitions,
      dataflows: () => known,
      refreshDataflows: read,
      opened: (_, buckets) =>
        activations.add(buckets.map((bucket) => activationJob(partition, bucket, clock.nowMs()))),
      erasing: sweepErasures,
      failed: (error) => {
        throw error
      },
    })
  }
  await takeOver()
  onTestFinished(async () => {
    await loop?.stop()
  })

  const activate = createActivation(
    ports,
    dataflow,
    () => ({
      aggregation: scripted.solution.aggregation,
      express: false,
      queue: deliveries,
    }),
    () => Promise.resolve(),
  )
  const deliver = createDelivery(ports, {
    solution: scripted.solution,
    queue: deliveries,
    partitionCount: 1,
    dataflow,
    refreshDataflows: () => Promise.resolve(),
    trouble: () => undefined,
  })
  let tracesFound = 0
  const erase = createErasure(wrap(ports), {
    dataflow,
    queue: () => deliveries,
    traces: () => {
      tracesFound += 1
    },
  })
  await planSolution(
    ports,
    scripted.solution,
    { delivery: deliveries, upkeep: jobBag<UpkeepJob>() },
    known.dataflows,
  )
  const append = async (segment: string, record: LogRecord): Promise<void> => {
    const payload = packBatch({ segments: [segment], records: [record] })
    await ports.log.append([{ partition, payload, records: 1 }])
    await clock.advance(1)
  }
  const request = async (id: string): Promise<Erasure> => {
    const erasure = await ports.erasures.get(partition, id)
    if (erasure === undefined) throw new Error('there is no such request')
    return erasure
  }
  const round: ErasureSimulation['round'] = async ({ ms = 1_000, delivers = true } = {}) => {
    await clock.advance(ms)
    await sweepPartition(partition, ports, activations, false)
    for (let at = activations.size(); at > 0; at -= 1) {
      // A bag knows no delay.
      await activations.run(at, async ({ payload }) =>
        payload.bucket.dueMs > clock.nowMs()
          ? { status: 'again', afterMs: 0, payload }
          : activate(payload),
      )
    }
    for (let at = delivers ? deliveries.size() : 0; at > 0; at -= 1) {
      // A delivery may wait by the clock, as one does whose call was refused.
      const running = deliveries.run(at, (job) => deliver(job.payload))
      await clock.advance(1)
      await running
    }
    await sweepErasures()
    await erasures.run(0, (job) => erase(job.payload))
    await clock.advance(1)
  }
  return {
    ports,
    scripted,
    added,
    tracesFound: () => tracesFound,
    nowMs: clock.nowMs,
    takeOver,
    round,
    request,
    update: (profileKey, segment, status, qualifiedMs = clock.nowMs()) => {
      const coded = status === 'realized' ? StatusRealized : StatusExited
      return append(segment, [
        UpdateKind,
        profileKey,
        ['email_lc_sha256:other-of-the-erased'],
        [0, coded, qualifiedMs, 0],
        0,
        0,
      ])
    },
    disable: async (id) => {
      const found = dataflow(id)
      if (found !== undefined) await ports.dataflows.put({ ...found, enabled: false })
      await read()
    },
    erase: async () => {
      const hash = hashProfileKey(await ports.erasures.salt(), erasedKey)
      const payload = packBatch({ segments: [], records: [[EraseKind, erasedKey]] })
      const noted = await ports.erasures.request(partition, {
        id: erasureId(partition, randomUUID()),
        profileKey: erasedKey,
        hash,
        requestedBy: 'test',
        payload,
      })
      await clock.advance(1)
      if (noted.status === 'full') throw new Error('there are too many')
      return noted.id
    },
    done: async (id) => {
      for (let rounds = 0; rounds < 200; rounds += 1) {
        await round()
        const erasure = await request(id)
        if (erasure.doneMs !== undefined) return erasure
      }
      throw new Error(`the erasure never ends: ${JSON.stringify(await request(id))}`)
    },
    traces: async () => {
      const found: StoredEntry[] = []
      for await (const part of ports.erasures.everything(partition, '')) found.push(...part)
      const naming = found.filter(
        ({ field, value }) => field?.includes('erase-me') === true || value.includes('erase-me'),
      )
      return [...new Set(naming.map(({ key }) => key))]
    },
  }
}
