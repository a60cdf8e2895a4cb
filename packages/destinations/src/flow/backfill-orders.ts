import type { BackfillOrder } from '@segue/runtime'
import type { Configuration } from '../configuration/configuration.ts'
import { organisationDocument } from '../organisation/organisation-document.ts'
import type { SegmentSelector } from './flow.ts'

/** A segment, and solutions that it is for. */
export type Activated = Pick<SegmentSelector, 'segment' | 'solutions'>

/** What of `after` was not activated by `before`: by segment, the solutions that are new. */
export function newlyActivated(
  before: readonly Activated[],
  after: readonly Activated[],
): readonly Activated[] {
  const known = new Map(before.map(({ segment, solutions }) => [segment, solutions]))
  return after.flatMap(({ segment, solutions }) => {
    const added = solutions.filter((solution) => known.get(segment)?.includes(solution) !== true)
    return added.length === 0 ? [] : { segment, solutions: added }
  })
}

/**
 * The orders by which solutions are sent what they do not know of these segments; segments for the same solutions share one.
 * With the setting `backfill` that is everybody who is a member by now; without it (the seed's edition) only what happened to
 * those whom the solution was told of before.
 */
export function backfillOrders(
  configuration: Configuration,
  activated: readonly Activated[],
  { nowMs, newId }: { readonly nowMs: number; readonly newId: () => string },
): readonly BackfillOrder[] {
  const { backfill } = organisationDocument(configuration).value.settings
  const bySolutions = new Map<string, { segments: string[]; solutions: readonly string[] }>()
  for (const { segment, solutions } of activated) {
    const key = solutions.join()
    const group = bySolutions.get(key) ?? { segments: [], solutions }
    group.segments.push(segment)
    bySolutions.set(key, group)
  }
  return Array.from(bySolutions.values(), ({ segments, solutions }) => ({
    id: newId(),
    segments,
    solutions,
    reach: backfill ? 'members' : 'told',
    requestedMs: nowMs,
  }))
}
