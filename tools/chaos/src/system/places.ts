import type { Part, Parts } from '@segue/dev'
import { setTimeout as sleep } from 'node:timers/promises'

/** A place in which one program runs: it ends and starts again, under the same name or another. */
export interface Place {
  /** `processor-2`: as faults name it. */
  readonly name: string
  /** What runs there now; undefined while nothing does. */
  readonly part: () => Part | undefined
  readonly start: (how?: 'same-name' | 'new-name') => Promise<void>
  readonly kill9: () => Promise<void>
  /** SIGTERM. @returns whether it ended in order */
  readonly stop: () => Promise<boolean>
  readonly pause: () => void
  readonly resume: () => void
}

/** A gateway's place, and where it listens. */
export interface GatewayPlace extends Place {
  /** As long as it was last heard of, whether it is there or not. */
  readonly url: () => string
  readonly token: () => string
}

/** Told of what nobody here has done. */
export interface PlaceEvents {
  /** It ended before it was ready, and is started again, as whoever runs it for real would. */
  readonly startedAgain: (name: string, reason: string) => void
  /** What runs there has ended by itself. */
  readonly died: (name: string) => void
}

export function processorPlace(parts: Parts, name: string, events: PlaceEvents): Place {
  let lives = 0
  let worker = name
  const begin = (how: string | undefined): Promise<Part> => {
    lives += 1
    if (how === 'new-name') worker = `${name}-${lives}`
    return parts.startProcessor(worker)
  }
  return placeOf(name, begin, events)
}

export function gatewayPlace(parts: Parts, name: string, events: PlaceEvents): GatewayPlace {
  let url = ''
  let token = ''
  const begin = async (): Promise<Part> => {
    const started = await parts.startGateway(name)
    url = started.url
    token = started.token
    return started.part
  }
  return { ...placeOf(name, begin, events), url: () => url, token: () => token }
}

/** Longer than the programs themselves take at most. */
const stopGraceMs = 35_000
const startsMax = 10
const startAgainMs = 300

function placeOf(
  name: string,
  begin: (how: string | undefined) => Promise<Part>,
  events: PlaceEvents,
): Place {
  let part: Part | undefined
  const noticeEnd = async (started: Part): Promise<void> => {
    await started.ended
    if (part === started) events.died(started.name)
  }
  const start = async (how: string | undefined): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      try {
        part = await begin(how)
        void noticeEnd(part)
        return
      } catch (error) {
        if (tries === startsMax) throw error
        events.startedAgain(name, error instanceof Error ? error.message : String(error))
        await sleep(startAgainMs)
      }
    }
  }
  const taken = (): Part => {
    if (part === undefined) throw new Error(`nothing runs at ${name}`)
    return part
  }
  return {
    name,
    part: () => part,
    start,
    kill9: async () => {
      const ending = taken()
      part = undefined
      await ending.kill9()
    },
    stop: async () => {
      const ending = taken()
      part = undefined
      return (await ending.stop(stopGraceMs)).code === 0
    },
    pause: () => void process.kill(taken().processId, 'SIGSTOP'),
    resume: () => void process.kill(taken().processId, 'SIGCONT'),
  }
}
