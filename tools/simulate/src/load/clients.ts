import type { SentUpdate } from '../check/truth.ts'
import type { World } from '../world.ts'
import { createGateway, type Gateway } from './gateway.ts'
import { createSource, drawPeople } from './people.ts'

/** Clients that send updates, and again until they are answered 202. */
export interface Clients {
  /** No new updates from now on. */
  readonly end: () => void
  /** Requests that are not answered 202 yet. */
  readonly open: () => number
}

/** A request comes to the gateway at most this late, so that some overtake others. */
const travelMs = 5_000
const updatesPerRequest = 4

/** @param answersFirst see `createGateway` */
export function startClients(world: World, answersFirst: boolean): Clients {
  const { time, plan, history } = world
  const chance = world.chance.apart('clients')
  const source = createSource(chance, plan, drawPeople(plan.people))
  const gateways: Gateway[] = Array.from({ length: plan.gateways }, (_, index) => {
    const ports = world.portsOf(world.startHost(`g${index + 1}`))
    return createGateway(ports, plan.partitions, world.scene.truth, answersFirst)
  })
  let numbers = 0
  let open = 0
  let isOver = false

  const send = (updates: readonly SentUpdate[], tries: number): void => {
    time.after(chance.skewed(1, travelMs), () => void deliver(updates, tries))
  }
  const deliver = async (updates: readonly SentUpdate[], tries: number): Promise<void> => {
    if ((await chance.pick(gateways)(updates)) === 503) {
      history.note(`503 for ${updates.map(({ number }) => number).join(' ')}`)
      time.after(chance.whole(100, 1_000) * tries, () => send(updates, tries + 1))
      return
    }
    open -= 1
    for (const { number } of updates) accept(number)
  }
  const accept = (number: number): void => {
    const { accepted, truth, lost } = world.scene
    accepted.add(number)
    if (truth.isInLog(number) || lost.has(number)) return
    world.verdict.fail('accepted', `update ${number} is answered 202, and is in no log`)
  }
  const request = (): void => {
    if (isOver) return
    const updates = Array.from({ length: chance.whole(1, updatesPerRequest) }, (): SentUpdate => {
      numbers += 1
      const { person, raw } = source.next(time.now())
      const ups = Object.entries(raw.segmentMembership?.ups ?? {})
      const told = ups.map(([id, { status }]) => `${status} ${id}`).join(', ')
      history.tell(`update ${numbers} of ${person.profileKey.slice(-6)}: ${told}`)
      return { number: numbers, raw, profileKey: person.profileKey }
    })
    open += 1
    send(updates, 1)
    if (chance.happens(0.05)) {
      open += 1
      send(updates, 1)
    }
    time.after(chance.skewed(1, plan.requestEveryMs * 4), request)
  }
  request()
  return {
    end: () => {
      isOver = true
    },
    open: () => open,
  }
}
