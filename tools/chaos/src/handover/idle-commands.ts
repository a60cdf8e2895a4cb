import { sampleSegments, type Parts } from '@segue/dev'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChaosSystem } from '../system/chaos-system.ts'

/** What Redis is asked by a system that has nothing to do. */
export interface IdleCommands {
  readonly processors: number
  readonly gateways: number
  readonly perSecond: number
  readonly perSecondAndProcess: number
}

const settledAfterMs = 15_000
const countedMs = 20_000
const idleWithinMs = 60_000

/** Counts commands of an idle system with all six solutions: with three processors, then with one; two gateways. */
export async function measureIdleCommands(
  write: (line: string) => void,
  signal: AbortSignal,
): Promise<readonly IdleCommands[]> {
  const system = await startChaosSystem({
    partitionCount: 16,
    segments: sampleSegments(1, 5).map(({ namespace, id }) => `${namespace}:${id}`),
    people: { marketo: [], campaign: [] },
    activationDelayMs: 300,
    write,
    events: {
      startedAgain: (name, reason) => write(`${name} is started again: ${reason}`),
      died: (name) => write(`${name} ended`),
    },
  })
  try {
    await system.untilIdle(idleWithinMs, signal)
    const measured: IdleCommands[] = []
    const measure = async (processors: number): Promise<void> => {
      await sleep(settledAfterMs, undefined, { signal })
      const gateways = system.gateways.length
      const perSecond = await commandsPerSecond(system.parts, signal)
      const perSecondAndProcess = perSecond / (processors + gateways)
      measured.push({ processors, gateways, perSecond, perSecondAndProcess })
    }
    await measure(3)
    await system.processors[0]?.stop()
    await system.processors[1]?.stop()
    await measure(1)
    return measured
  } finally {
    await system.stop()
  }
}

async function commandsPerSecond({ redis }: Parts, signal: AbortSignal): Promise<number> {
  const before = await commands(redis.client)
  const startMs = Date.now()
  await sleep(countedMs, undefined, { signal })
  // One of them is the question itself.
  const asked = (await commands(redis.client)) - before - 1
  return (asked * 1_000) / (Date.now() - startMs)
}

async function commands(client: Parts['redis']['client']): Promise<number> {
  const info = await client.info('stats')
  return Number(/^total_commands_processed:(\d+)/m.exec(info)?.[1])
}
