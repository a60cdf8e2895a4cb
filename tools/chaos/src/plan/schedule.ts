import { randomFrom, type Random } from '@segue/dev'
import {
  faultKinds,
  isFaultKind,
  targetsOf,
  type Fault,
  type FaultKind,
  type Round,
} from './fault.ts'

export interface ScheduleOptions {
  readonly seed: number
  readonly rounds: number
  /** Kinds that are drawn from. */
  readonly kinds: readonly FaultKind[]
}

export const allKinds: readonly FaultKind[] = Object.keys(faultKinds).filter(isFaultKind)

/** Faults of a round begin within this time. */
const beginWithinMs = 6_000
const earliestMs = 300
const faultsMin = 2
const faultsMax = 4
/** Tries to find room for a fault beside the others. */
const placements = 20

/** How long a fault of each kind lasts, milliseconds: shortest and longest. */
const durations: Readonly<Record<FaultKind, readonly [number, number]>> = {
  // Now and then shorter than the lease, so that one is back before it was missed.
  'kill-processor': [300, 8_000],
  'kill-gateway': [200, 3_000],
  'kill-both': [300, 6_000],
  'pause-processor': [6_000, 8_000],
  'pause-gateway': [1_500, 4_000],
  'stop-processor': [300, 6_000],
  'stop-gateway': [200, 3_000],
  'join-processor': [3_000, 8_000],
  'restart-redis': [100, 2_500],
  'kill-redis': [100, 2_500],
  'freeze-redis': [500, 2_500],
  'cut-connections': [0, 0],
  'solution-outage': [1_500, 5_000],
}

/** Answers of an outage; none has an effect that is kept from us, so that what is told twice is so by a death alone. */
const outageAnswers = ['500', '503', 'drop', 'hang'] as const

/** What more is drawn of a kind; see `Fault.how`. */
const hows: Readonly<Partial<Record<FaultKind, readonly string[]>>> = {
  'kill-processor': ['same-name', 'new-name'],
  'kill-both': ['same-name', 'new-name'],
  'stop-processor': ['same-name', 'new-name'],
  'join-processor': ['stops', 'dies'],
  'solution-outage': outageAnswers,
}

/**
 * Draws rounds of overlapping faults. The same options give the same rounds. Kinds come as often as each other, in a random order:
 * a long run must not leave one out by chance.
 */
export function drawSchedule({ seed, rounds, kinds }: ScheduleOptions): readonly Round[] {
  const random = randomFrom(seed, 'schedule')
  let bag: FaultKind[] = []
  const nextKind = (): FaultKind => {
    if (bag.length === 0) bag = [...kinds]
    const [kind] = bag.splice(random.below(bag.length), 1)
    if (kind === undefined) throw new RangeError('no kinds to draw from')
    return kind
  }
  return Array.from({ length: rounds }, (_, index) => {
    const count = faultsMin + random.below(faultsMax - faultsMin + 1)
    const faults: Fault[] = []
    for (let drawn = 0; drawn < count; drawn += 1) {
      const fault = place(nextKind(), faults, random)
      if (fault !== undefined) faults.push(fault)
    }
    return { number: index + 1, faults: faults.toSorted((a, b) => a.atMs - b.atMs) }
  })
}

/** Finds a target and a time at which nothing else is done to it. */
function place(kind: FaultKind, others: readonly Fault[], random: Random): Fault | undefined {
  for (let attempt = 0; attempt < placements; attempt += 1) {
    const fault = draw(kind, random)
    if (!others.some((other) => collide(fault, other))) return fault
  }
  return undefined
}

function draw(kind: FaultKind, random: Random): Fault {
  const [shortestMs, longestMs] = durations[kind]
  const fault = {
    kind,
    atMs: earliestMs + random.below(beginWithinMs),
    forMs: shortestMs + random.below(longestMs - shortestMs + 1),
    on: random.pick(targetsOf(kind)),
  }
  const ways = hows[kind]
  return ways === undefined ? fault : { ...fault, how: random.pick(ways) }
}

/** Starting again takes a while. */
const apartMs = 1_500

function collide(one: Fault, other: Fault): boolean {
  const share = one.on.some((target) => other.on.includes(target))
  return (
    share &&
    one.atMs < other.atMs + other.forMs + apartMs &&
    other.atMs < one.atMs + one.forMs + apartMs
  )
}
