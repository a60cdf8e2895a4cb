import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock/clock.ts'
import { isObject } from '../json/json.ts'
import { apiRefused } from './errors.ts'

/** A segment component: a question put to hits, not a list of members (reference §2.3). */
export interface SegmentComponent {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly rsid: string
  readonly definition: Readonly<Record<string, unknown>>
  readonly owner: { readonly id: number }
  /** ISO 8601. */
  readonly modified: string
}

export interface SegmentComponents {
  readonly all: () => readonly SegmentComponent[]
  readonly get: (id: string) => SegmentComponent | undefined
  /** @throws AnalyticsRefused where a field is missing */
  readonly create: (body: Readonly<Record<string, unknown>>) => SegmentComponent
  /** Changes the fields that are given. @throws AnalyticsRefused */
  readonly update: (id: string, body: Readonly<Record<string, unknown>>) => SegmentComponent
  readonly remove: (id: string) => boolean
  readonly snapshot: () => readonly SegmentComponent[]
  readonly restore: (state: readonly SegmentComponent[]) => void
}

export function createSegmentComponents(clock: Clock, touch: () => void): SegmentComponents {
  const segments = new Map<string, SegmentComponent>()

  const keep = (
    id: string,
    given: Readonly<Record<string, unknown>>,
    before?: SegmentComponent,
  ): SegmentComponent => {
    const merged = { ...before, ...given }
    const { name, description = '', rsid, definition } = merged
    if (typeof name !== 'string' || name === '') throw missing('name')
    if (typeof rsid !== 'string' || rsid === '') throw missing('rsid')
    if (typeof description !== 'string') throw missing('description')
    if (!isObject(definition)) throw missing('definition')
    const modified = new Date(clock.nowMs()).toISOString()
    const segment = { id, name, description, rsid, definition, owner: { id: 1 }, modified }
    segments.set(id, segment)
    touch()
    return segment
  }

  return {
    all: () => [...segments.values()],
    get: (id) => segments.get(id),
    create: (body) => keep(`s300000001_${randomUUID().replaceAll('-', '').slice(0, 24)}`, body),
    update: (id, body) => {
      const before = segments.get(id)
      if (before === undefined) throw noSegment(id)
      return keep(id, body, before)
    },
    remove: (id) => {
      const removed = segments.delete(id)
      if (removed) touch()
      return removed
    },
    snapshot: () => [...segments.values()],
    restore: (state) => {
      for (const segment of state) segments.set(segment.id, segment)
    },
  }
}

/** A segment that is not there. */
export function noSegment(id: string): Error {
  return apiRefused(404, 'resource_not_found', `Segment ${id} does not exist`)
}

function missing(field: string): Error {
  return apiRefused(400, 'invalid_data', `The segment has no usable ${field}`)
}
