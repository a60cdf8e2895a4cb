import type { AlarmClock, TraceParent } from '@segue/runtime'
import type { Delivery, Solution } from '@segue/solution-kit'
import { unsent, type RowReceipt, type SolutionCalls } from './solution-calls.ts'

/** A row that waits to be sent. */
export interface PoolItem {
  readonly dataflow: string
  readonly row: Delivery
  /** It goes out behind what is not background: in calls that leave room for it, and in one of three. */
  readonly background: boolean
  /** Whether its claim is sure to last for a call that goes out now; else it is given back unsent. */
  readonly holds: () => boolean
  readonly settle: (receipt: RowReceipt) => void
  /** The span that the row's job is part of. */
  readonly trace?: TraceParent
}

/**
 * Gathers rows of many jobs into calls. A call goes out as soon as one may: while the solution is busy or its rate limit
 * is used up, rows gather by themselves, so there is no linger to choose.
 *
 * Bounded by who submits: each job in work holds at most its range's rows here.
 */
export interface Pool {
  readonly submit: (item: PoolItem) => void
}

/**
 * Of so many calls in a row one more is for what is background, where both wait: calls that live rows leave all but empty would
 * keep it waiting for ever.
 */
const liveCallsInTurn = 2

interface Group {
  readonly dataflow: string
  readonly items: PoolItem[]
}

/** In the order in which the groups' oldest rows came. */
type Groups = Map<string, Group>

export function createPool(
  solution: Pick<Solution, 'maxConcurrentCalls' | 'poolBy'>,
  calls: Pick<SolutionCalls, 'deliver'>,
  maxRowsPerCall: number,
  soon: NonNullable<AlarmClock['soon']> = setImmediate,
): Pool {
  const groups: Groups = new Map()
  const background: Groups = new Map()
  let callsInFlight = 0
  /** Calls in a row that were made for what is not background. */
  let liveCalls = 0
  let scheduled = false

  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    // What comes in the same turn of the event loop travels together.
    soon(() => {
      scheduled = false
      dispatch()
    })
  }
  const dispatch = (): void => {
    while (callsInFlight < solution.maxConcurrentCalls) {
      const next = first()
      if (next === undefined) return
      const [key, { dataflow }] = next
      const items = taken(groups, key, maxRowsPerCall)
      items.push(...taken(background, key, maxRowsPerCall - items.length))
      void send(dataflow, items)
    }
  }
  /** The group that is called for next. */
  const first = (): [string, Group] | undefined => {
    const [live] = groups
    const [behind] = background
    const turn = behind !== undefined && liveCalls >= liveCallsInTurn ? behind : (live ?? behind)
    liveCalls = turn === live ? liveCalls + 1 : 0
    return turn
  }
  const send = async (dataflow: string, items: readonly PoolItem[]): Promise<void> => {
    const timely = items.filter((item) => item.holds())
    for (const item of items) if (!timely.includes(item)) item.settle(unsent('CLAIM_TOO_OLD', 0))
    if (timely.length === 0) return
    callsInFlight += 1
    const receipts = await calls.deliver(
      dataflow,
      timely.map((item) => item.row),
      timely.flatMap(({ trace }) => trace ?? []),
    )
    callsInFlight -= 1
    for (const [index, item] of timely.entries()) {
      item.settle(receipts[index] ?? unsent('NO_RECEIPT', 1_000))
    }
    schedule()
  }
  const keyOf = ({ dataflow, row }: PoolItem): string =>
    solution.poolBy === 'none' ? dataflow : `${dataflow}|${row.status}|${row.segment}`

  return {
    submit: (item) => {
      const key = keyOf(item)
      const own = item.background ? background : groups
      const group = own.get(key)
      if (group === undefined) own.set(key, { dataflow: item.dataflow, items: [item] })
      else group.items.push(item)
      schedule()
    },
  }
}

/** The first rows of a group, at most `limit`. What is left goes to the end: groups take turns. */
function taken(groups: Groups, key: string, limit: number): PoolItem[] {
  const group = groups.get(key)
  if (group === undefined || limit === 0) return []
  groups.delete(key)
  const items = group.items.splice(0, limit)
  if (group.items.length > 0) groups.set(key, group)
  return items
}
