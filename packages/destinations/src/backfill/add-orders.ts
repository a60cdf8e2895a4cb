import { backfillOrdersLimit, type BackfillOrder } from '@segue/runtime'

/**
 * A flow's orders with those that are new, at most `backfillOrdersLimit`. Where there would be more, the oldest of one reach
 * become one order for all that they were for: none is dropped, since it may not be carried out yet, and to compare once more
 * what was compared already sends nothing twice.
 */
export function addOrders(
  present: readonly BackfillOrder[],
  added: readonly BackfillOrder[],
  newId: () => string,
): readonly BackfillOrder[] {
  const orders = [...present, ...added]
  while (orders.length > backfillOrdersLimit) {
    const [first, second] = oldestAlike(orders)
    if (first === undefined || second === undefined) return orders.slice(-backfillOrdersLimit)
    orders.splice(orders.indexOf(second), 1, merged(first, second, newId()))
    orders.splice(orders.indexOf(first), 1)
  }
  return orders
}

/** The two oldest that differ in nothing but what they are for. */
function oldestAlike(orders: readonly BackfillOrder[]): readonly BackfillOrder[] {
  const byReach = Map.groupBy(
    orders.filter(({ movedSinceMs }) => movedSinceMs === undefined),
    ({ reach }) => reach,
  )
  return [...byReach.values()].find(({ length }) => length > 1) ?? []
}

function merged(one: BackfillOrder, other: BackfillOrder, id: string): BackfillOrder {
  return {
    ...other,
    id,
    segments: [...new Set([...one.segments, ...other.segments])],
    solutions: [...new Set([...one.solutions, ...other.solutions])],
  }
}
