import { checkEnd, unsettled } from './check/end-checks.ts'
import type { Violation } from './check/verdict.ts'
import { createHistory } from './history.ts'
import { startClients } from './load/clients.ts'
import { createOperator } from './load/operator.ts'
import { drawPlan, type Trouble } from './load/plan.ts'
import { startTroubles } from './load/troubles.ts'
import type { Mutation } from './mutations/mutation.ts'
import { chance } from './time/chance.ts'
import { createTime } from './time/time.ts'
import { createWorld } from './world.ts'

export interface SeedOptions {
  readonly seed: number
  readonly mutation?: Mutation
  /** Told of every line, as it happens. */
  readonly verbose?: (line: string) => void
  readonly without?: readonly Trouble[]
}

export interface SeedEnd {
  readonly seed: number
  readonly violations: readonly Violation[]
  /** Of everything that happened: the same for the same course. */
  readonly hash: string
  readonly events: number
  readonly simulatedMs: number
  readonly accepted: number
  readonly sends: number
  /** What happened last, for a person. */
  readonly story: readonly string[]
}

const startMs = Date.UTC(2026, 10, 23, 10)
/** Once nothing goes wrong any more, everything comes to rest within this time. */
const settlesWithinMs = 45 * 60_000
const lookEveryMs = 2_000
/** How long it is watched that nothing begins again. */
const restMs = 60_000
const storyLines = 120
/** Most events of a seed: one that goes round in circles ends. */
const eventsMax = 600_000

/** Simulates one seed to its end, or to the first violation. */
export async function runSeed({
  seed,
  mutation,
  verbose,
  without = [],
}: SeedOptions): Promise<SeedEnd> {
  const time = createTime(startMs)
  const source = chance(seed)
  const plan = drawPlan(source.apart('plan'), without, mutation?.needs ?? [])
  const history = createHistory(time, startMs, verbose)
  const does = Object.entries(plan.does).flatMap(([trouble, happens]) => (happens ? trouble : []))
  history.tell(
    `${plan.partitions} partitions, ${plan.workers} workers, ${plan.people} people; ` +
      `${plan.solutions.map(({ name }) => name).join(' ')}; ${does.join(' ')}`,
  )
  const world = createWorld(time, source.apart('world'), plan, history, mutation)
  const { verdict, scene, checks } = world
  const over = (): boolean => {
    if (time.events() > eventsMax) verdict.fail('progress', `more than ${eventsMax} events`)
    return verdict.violations.length > 0
  }
  const pass = (ms: number): Promise<void> => time.run(time.now() + ms, over)

  const operator = createOperator(world)
  let hasBegun = false
  const begin = async (): Promise<void> => {
    await operator.begin()
    hasBegun = true
  }
  void begin()
  await pass(1_000)
  if (!hasBegun) throw new Error('the dataflows could not be put')
  for (let at = 0; at < plan.workers; at += 1) world.startWorker()
  await pass(3_000)
  const clients = startClients(world, mutation?.answersFirst ?? false)
  const troubles = startTroubles(world)
  await pass(plan.loadMs)
  clients.end()
  operator.end()
  troubles.end()
  const endMs = time.now()
  const left = (): readonly string[] => {
    const open = clients.open() + operator.open()
    return [...(open > 0 ? [`${open} requests`] : []), ...unsettled(scene)]
  }
  await pass(lookEveryMs)
  while (!over() && left().length > 0) {
    if (time.now() - endMs > settlesWithinMs) {
      verdict.fail('progress', `after ${settlesWithinMs / 60_000} minutes: ${left().join('; ')}`)
    }
    await pass(lookEveryMs)
  }
  history.tell('everything has come to rest')
  await pass(restMs)
  for (let looks = 0; looks < 30 && !over() && left().length > 0; looks += 1)
    await pass(lookEveryMs)
  if (!over()) {
    for (const partition of scene.store.partitions.keys()) {
      checks.books.counted(partition)
      checks.books.recount(partition)
    }
    if (left().length > 0) verdict.fail('progress', `it begins again: ${left().join('; ')}`)
    checkEnd(scene)
  }
  return {
    seed,
    violations: verdict.violations,
    hash: history.hash(),
    events: time.events(),
    simulatedMs: time.now() - startMs,
    accepted: scene.accepted.size,
    sends: checks.sends.counts.rows,
    story: history.story(storyLines),
  }
}
