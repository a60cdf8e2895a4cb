import { EraseKind } from '@segue/profile'
import {
  erasureId,
  hashProfileKey,
  packBatch,
  type BackfillOrder,
  type Dataflow,
} from '@segue/runtime'
import type { World } from '../world.ts'
import { segmentIds } from './segments.ts'

/** Somebody who changes dataflows and asks for erasures while everything runs. */
export interface Operator {
  /** Puts what is there from the beginning. */
  readonly begin: () => Promise<void>
  readonly end: () => void
  /** What was asked for and is not done yet. */
  readonly open: () => number
}

const changeEveryMs = 15_000

export function createOperator(world: World): Operator {
  const { time, plan, history } = world
  const chance = world.chance.apart('operator')
  const ports = world.portsOf(world.startHost('operator'))
  const flows = new Map(plan.dataflows.map((flow) => [flow.id, flow]))
  let revision = 1
  let orders = 0
  let open = 0
  let isOver = false
  let doing: Promise<void> = Promise.resolve()

  /** Until it is done: whoever configures a system looks whether it took. */
  const insist = async (act: () => Promise<unknown>): Promise<void> => {
    for (;;) {
      try {
        await act()
        return
      } catch {
        await new Promise<void>((resolve) => {
          time.after(500, resolve)
        })
      }
    }
  }
  const put = (flow: Dataflow): Promise<void> => {
    revision += 1
    const next = { ...flow, revision }
    flows.set(flow.id, next)
    return insist(() => ports.dataflows.put(next))
  }
  const orderOf = (segments: readonly string[], solutions: readonly string[]): BackfillOrder => {
    orders += 1
    const requestedMs = ports.clock.nowMs()
    return { id: `order-${orders}`, segments, solutions, reach: 'members', requestedMs }
  }
  const withOrder = (flow: Dataflow, segments: readonly string[]): Dataflow => {
    const solutions = flow.solutions.filter((name) =>
      segments.some((segment) => flow.segments[segment]?.solutions.includes(name)),
    )
    if (solutions.length === 0) return flow
    return { ...flow, backfills: [...(flow.backfills ?? []), orderOf(segments, solutions)] }
  }
  const toggleFlow = (flow: Dataflow): Promise<void> => {
    history.tell(`${flow.enabled ? 'disable' : 'enable'} ${flow.id}`)
    if (flow.enabled) return put({ ...flow, enabled: false })
    return put(withOrder({ ...flow, enabled: true }, Object.keys(flow.segments)))
  }
  const toggleSegment = (flow: Dataflow): Promise<void> => {
    const segment = `ups:${chance.pick(segmentIds)}`
    const { [segment]: present, ...others } = flow.segments
    history.tell(`${present === undefined ? 'activate' : 'remove'} ${segment} in ${flow.id}`)
    if (present !== undefined) return put({ ...flow, segments: others })
    const activation = {
      name: segment,
      solutions: flow.solutions.filter(() => chance.happens(0.8)),
    }
    return put(withOrder({ ...flow, segments: { ...others, [segment]: activation } }, [segment]))
  }
  const erase = (): Promise<void> => {
    const partition = chance.whole(0, plan.partitions - 1)
    const known = world.scene.truth.profiles(partition)
    if (known.length === 0) return Promise.resolve()
    const profileKey = chance.pick(known)
    const unique = chance.token(16).toString('hex')
    const uuid = unique.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
    history.tell(`erase ${profileKey.slice(-6)}`)
    return insist(async () => {
      const hash = hashProfileKey(await ports.erasures.salt(), profileKey)
      await ports.erasures.request(partition, {
        id: erasureId(partition, uuid),
        profileKey,
        hash,
        requestedBy: 'operator',
        payload: packBatch({ segments: [], records: [[EraseKind, profileKey]] }),
      })
    })
  }
  const act = (what: () => Promise<void>): void => {
    open += 1
    doing = afterwards(doing, what)
  }
  const afterwards = async (before: Promise<void>, what: () => Promise<void>): Promise<void> => {
    await before
    await what()
    open -= 1
  }
  const some = (): Dataflow => chance.pick([...flows.values()])
  const change = (): void => {
    if (isOver) return
    if (plan.does.flows && chance.happens(0.5)) act(() => toggleFlow(some()))
    if (plan.does.segments && chance.happens(0.8)) act(() => toggleSegment(some()))
    if (plan.does.erasures && chance.happens(0.5)) act(erase)
    time.after(chance.skewed(100, 2 * changeEveryMs), change)
  }
  return {
    begin: async () => {
      for (const flow of flows.values()) await put(flow)
      time.after(chance.whole(0, changeEveryMs), change)
    },
    end: () => {
      isOver = true
      // What is disabled is enabled again: else nothing could be said of what solutions hold.
      act(async () => {
        for (const flow of flows.values()) if (!flow.enabled) await toggleFlow(flow)
      })
    },
    open: () => open,
  }
}
