import * as fc from 'fast-check'

/** What one of two workers does next; names stand for what differs from store to store: nonces, ids, offsets, times. */
export interface Operation {
  readonly worker: 'a' | 'b'
  readonly partition: number
  readonly kind: (typeof kinds)[number]
  /** Picks among what there is: keys, buckets, entries, outcomes. */
  readonly picks: readonly number[]
  /** Makes the operation of the rarer sort: stale, fenced, bounded, ended. */
  readonly odd: boolean
}

const kinds = [
  'renew',
  'leave',
  'take',
  'release',
  'owners',
  'append',
  'read',
  'trim',
  'commit',
  'open',
  'load',
  'due',
  'numbers',
  'buckets',
  'seal',
  'chunks',
  'plan',
  'planned',
  'progress',
  'claim',
  'settle',
  'entries',
  'dead letters',
  'put dataflow',
  'dataflows',
] as const

/** What leads somewhere comes more often than what only looks. */
const often = ['append', 'commit', 'commit', 'commit', 'plan', 'claim', 'settle', 'settle'] as const

export const operations: fc.Arbitrary<readonly Operation[]> = fc.array(
  fc.record({
    worker: fc.constantFrom('a' as const, 'b' as const),
    partition: fc.constantFrom(0, 0, 0, 1),
    kind: fc.constantFrom(...kinds, ...often, ...often),
    picks: fc.array(fc.nat({ max: 11 }), { minLength: 6, maxLength: 6 }),
    odd: fc.integer({ min: 0, max: 3 }).map((number) => number === 0),
  }),
  { maxLength: 60, size: 'max' },
)
