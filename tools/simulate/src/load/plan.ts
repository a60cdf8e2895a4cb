import type { Dataflow } from '@segue/runtime'
import type { Chance } from '../time/chance.ts'
import { numberOf } from './people.ts'
import { segmentIds } from './segments.ts'
import type { SolutionKind } from './simulated-solution.ts'

/** What a seed simulates: the system, what comes in, and what goes wrong. Drawn once, so that few things go wrong at a time. */
export interface Plan {
  readonly partitions: number
  readonly workers: number
  readonly gateways: number
  readonly people: number
  readonly solutions: readonly SolutionKind[]
  readonly dataflows: readonly Dataflow[]
  /** How long updates come and things go wrong, ms. */
  readonly loadMs: number
  /** Between two requests of clients, ms, on average. */
  readonly requestEveryMs: number
  /** Each may happen in this seed. */
  readonly does: Readonly<Record<Trouble, boolean>>
}

/** What may happen. A seed has some of them, so that they meet in every combination. */
export const troubles = [
  'lostCalls',
  'slowCalls',
  'breaks',
  'storeAway',
  'crashes',
  'pauses',
  'leaves',
  'joins',
  'skew',
  'outages',
  'answersLost',
  'rowRetries',
  'acceptedLost',
  'rateLimits',
  'misconfigured',
  'countersDeleted',
  'flows',
  'segments',
  'consent',
  'expiry',
  'erasures',
  'identities',
  'flapping',
  'failovers',
] as const

export type Trouble = (typeof troubles)[number]

/**
 * @param without troubles that are left out
 * @param needs troubles that it has in any case
 */
export function drawPlan(
  chance: Chance,
  without: readonly Trouble[],
  needs: readonly Trouble[],
): Plan {
  const solutions = drawSolutions(chance)
  const calm = chance.happens(0.15)
  const does = (trouble: Trouble): boolean => {
    const happens = chance.happens(rare.includes(trouble) ? 0.15 : 0.4)
    if (needs.includes(trouble)) return true
    if (calm && !gentle.includes(trouble)) return false
    return happens && !without.includes(trouble)
  }
  return {
    partitions: chance.pick([1, 2, 3, 4]),
    workers: chance.pick([1, 2, 2, 3, 4]),
    gateways: chance.pick([1, 2]),
    people: chance.whole(2, 9),
    solutions,
    dataflows: drawDataflows(chance, solutions),
    loadMs: chance.whole(40_000, 150_000),
    requestEveryMs: chance.whole(400, 4_000),
    does: {
      lostCalls: does('lostCalls'),
      slowCalls: does('slowCalls'),
      breaks: does('breaks'),
      storeAway: does('storeAway'),
      crashes: does('crashes'),
      pauses: does('pauses'),
      leaves: does('leaves'),
      joins: does('joins'),
      skew: does('skew'),
      outages: does('outages'),
      answersLost: does('answersLost'),
      rowRetries: does('rowRetries'),
      acceptedLost: does('acceptedLost'),
      rateLimits: does('rateLimits'),
      misconfigured: does('misconfigured'),
      countersDeleted: does('countersDeleted'),
      flows: does('flows'),
      segments: does('segments'),
      consent: does('consent'),
      expiry: does('expiry'),
      erasures: does('erasures'),
      identities: does('identities'),
      flapping: does('flapping'),
      failovers: does('failovers'),
    },
  }
}

const rare: readonly Trouble[] = ['misconfigured', 'countersDeleted', 'failovers']
/** In a seed where nothing breaks, hand-overs are held to their time. */
const gentle: readonly Trouble[] = [
  'leaves',
  'joins',
  'skew',
  'flows',
  'segments',
  'consent',
  'expiry',
  'erasures',
  'identities',
  'flapping',
]

function drawSolutions(chance: Chance): SolutionKind[] {
  const email = ['email_lc_sha256']
  const both = ['ECID', 'email_lc_sha256']
  // By the person's number, which every identity of theirs begins or ends with.
  const refused = chance.whole(1, 9)
  const refuses: SolutionKind['refuses'] = chance.happens(0.3)
    ? (identity) => numberOf(identity) === refused
    : () => false
  const best = { aggregationType: 'BEST_EFFORT', maxUsersPerRequest: chance.whole(1, 20) } as const
  const windows = {
    aggregationType: 'CONFIGURABLE_AGGREGATION',
    maxBatchAgeInSecs: chance.whole(1, 30),
    maxNumEventsInBatch: chance.whole(2, 30),
  } as const
  const all: SolutionKind[] = [
    {
      name: 'plain',
      namespaces: chance.pick([both, email]),
      takes: 'changes',
      aggregation: best,
      express: false,
      appliesLater: false,
      refuses,
    },
    {
      name: 'whole',
      namespaces: both,
      takes: 'full-state',
      aggregation: best,
      express: false,
      appliesLater: chance.happens(0.7),
      refuses: () => false,
    },
    {
      name: 'window',
      namespaces: both,
      takes: 'changes',
      aggregation: windows,
      express: chance.happens(0.5),
      appliesLater: false,
      refuses: () => false,
    },
    {
      name: 'later',
      namespaces: both,
      takes: 'changes',
      aggregation: best,
      express: false,
      appliesLater: true,
      refuses: () => false,
    },
  ]
  const wanted = chance.whole(1, 3)
  return all
    .filter(() => chance.happens(0.7))
    .slice(0, wanted)
    .concat(all.slice(0, 1))
    .filter((kind, index, kinds) => kinds.indexOf(kind) === index)
}

/** Each solution is in one dataflow, as one connection has it. */
function drawDataflows(chance: Chance, solutions: readonly SolutionKind[]): Dataflow[] {
  const names = solutions.map(({ name }) => name)
  const groups =
    names.length > 1 && chance.happens(0.4) ? [names.slice(0, 1), names.slice(1)] : [names]
  return groups.map((own, index) => ({
    id: `flow${index}`,
    name: `flow ${index}`,
    enabled: true,
    activationDelayMs: chance.pick([0, 2_000, 10_000, 10_000]),
    solutions: own,
    primaryIdentityOnly: false,
    segments: Object.fromEntries(
      segmentIds
        .filter(() => chance.happens(0.75))
        .map((id) => [`ups:${id}`, { name: id, solutions: own.filter(() => chance.happens(0.9)) }]),
    ),
  }))
}
