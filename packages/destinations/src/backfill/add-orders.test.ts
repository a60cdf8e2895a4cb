import { backfillOrdersLimit, type BackfillOrder } from '@segue/runtime'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { addOrders } from './add-orders.ts'

const order = fc.record({
  segments: fc.subarray(['ups:a', 'ups:b', 'ups:c'], { minLength: 1 }),
  solutions: fc.subarray(['marketo', 'target'], { minLength: 1 }),
  reach: fc.constantFrom('members' as const, 'told' as const),
  requestedMs: fc.nat(9),
})

/** Every (reach, segment, solution) that the orders are for. */
function covered(orders: readonly BackfillOrder[]): ReadonlySet<string> {
  return new Set(
    orders.flatMap(({ reach, segments, solutions }) =>
      segments.flatMap((segment) => solutions.map((one) => `${reach} ${segment} ${one}`)),
    ),
  )
}

test('however many orders come, what they are for is kept, within the bound', () => {
  fc.assert(
    fc.property(
      fc.array(order, { maxLength: 60, size: 'max' }),
      fc.array(order, { maxLength: 90, size: 'max' }),
      (before, added) => {
        let ids = 0
        const newId = (): string => `id-${(ids += 1)}`
        const [present, more] = [before, added].map((all) =>
          all.map((one) => ({ ...one, id: newId() })),
        )
        const after = addOrders(present!, more!, newId)
        expect(after.length).toBe(Math.min(before.length + added.length, backfillOrdersLimit))
        const kept = covered(after)
        for (const one of covered([...present!, ...more!])) expect(kept).toContain(one)
        expect(new Set(after.map(({ id }) => id)).size).toBe(after.length)
        // The newest stand as they were asked for.
        expect(after.slice(-more!.length || after.length)).toEqual(
          expect.arrayContaining(more!.slice(-10)),
        )
      },
    ),
    { seed: 20_261_123, numRuns: 50 },
  )
})
