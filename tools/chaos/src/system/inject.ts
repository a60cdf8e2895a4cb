import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault } from '../plan/fault.ts'
import type { ChaosSystem } from './chaos-system.ts'
import type { Place } from './places.ts'

/** What happened that figures are made of. Times are this process' own, epoch milliseconds. */
export interface Events {
  /** A processor was killed with -9. */
  readonly killed: (worker: string, atMs: number) => void
  /** A processor is ready that was started at `atMs`. */
  readonly joined: (worker: string, atMs: number) => void
  /** What ends in order did not end so. */
  readonly unclean: (name: string) => void
}

/** Does one thing to the system and undoes it. The system is whole again when it resolves. */
export async function inject(
  fault: Fault,
  system: ChaosSystem,
  events: Events,
  signal: AbortSignal,
): Promise<void> {
  const places = fault.on.flatMap((name) => placesOf(system, name))
  const lasts = (): Promise<void> => sleep(fault.forMs, undefined, { signal })
  /** Undoes it also where the run is ended meanwhile: what is stopped hears nobody. */
  const lastsUntil = async (undo: () => void | Promise<void>): Promise<void> => {
    try {
      await lasts()
    } finally {
      await undo()
    }
  }
  const { redis } = system.parts
  switch (fault.kind) {
    case 'kill-processor':
    case 'kill-gateway':
    case 'kill-both':
      await Promise.all(places.map((place) => kill(place, events)))
      await lasts()
      await Promise.all(places.map((place) => start(place, events, fault.how)))
      return
    case 'stop-processor':
    case 'stop-gateway':
      await Promise.all(places.map((place) => stop(place, events)))
      await lasts()
      await Promise.all(places.map((place) => start(place, events, fault.how)))
      return
    case 'pause-processor':
    case 'pause-gateway':
      for (const place of places) place.pause()
      await lastsUntil(() => {
        for (const place of places) place.resume()
      })
      return
    case 'join-processor':
      await Promise.all(places.map((place) => start(place, events, 'new-name')))
      await lasts()
      for (const place of places) {
        await (fault.how === 'dies' ? kill(place, events) : stop(place, events))
      }
      return
    case 'restart-redis':
      await redis.terminate()
      await lastsUntil(redis.restart)
      return
    case 'kill-redis':
      await redis.kill9()
      await lastsUntil(redis.restart)
      return
    case 'freeze-redis':
      redis.freeze()
      await lastsUntil(redis.thaw)
      return
    case 'cut-connections':
      await cutConnections(system)
      return
    case 'solution-outage':
      await Promise.all(fault.on.map((name) => system.answer(name, fault.how)))
      await lasts()
      await Promise.all(fault.on.map((name) => system.answer(name, undefined)))
  }
}

function placesOf({ processors, gateways }: ChaosSystem, name: string): readonly Place[] {
  return [...processors, ...gateways].filter((place) => place.name === name)
}

async function kill(place: Place, events: Events): Promise<void> {
  const worker = place.part()?.name
  const atMs = Date.now()
  await place.kill9()
  if (worker !== undefined && isProcessor(place)) events.killed(worker, atMs)
}

async function stop(place: Place, events: Events): Promise<void> {
  if (!(await place.stop())) events.unclean(place.name)
}

async function start(place: Place, events: Events, how: string | undefined): Promise<void> {
  const atMs = Date.now()
  await place.start(how === 'new-name' ? 'new-name' : 'same-name')
  const worker = place.part()?.name
  if (worker !== undefined && isProcessor(place)) events.joined(worker, atMs)
}

function isProcessor({ name }: Place): boolean {
  return name.startsWith('processor-')
}

/** Every connection of every program, those that wait for messages too; not the one that asks. */
async function cutConnections({ parts }: ChaosSystem): Promise<void> {
  for (const type of ['normal', 'pubsub']) {
    await parts.redis.client.call('CLIENT', 'KILL', 'TYPE', type)
  }
}
