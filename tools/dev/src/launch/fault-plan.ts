import { expectSuccess, httpJson } from './http-json.ts'

/**
 * Faults that every solution's servers have: refusals, lost answers, cut connections, nonsense, slowness. Those that hold up
 * more than their own call (429 and 503 pause the solution, a hung call its connection) are a smaller part.
 */
const common: readonly string[] = [
  ...Array.from({ length: 4 }, () => ['500', 'drop', 'apply-500', 'apply-drop', 'latency:100']),
  ['garbage', '502', '504', 'hang', 'apply-hang', '429', '503'],
].flat()

/**
 * What is particular to a solution: by operation, answers that pass by themselves. What would not pass (a refused person, a
 * spent quota) is no fault of a run that is to end with everything delivered.
 */
const particular: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'audience-manager': {
    'dcs.event': ['0', '10', '200', '429', 'drop', 'garbage'],
    's3.putObject': ['SlowDown', 'InternalError', 'apply-500', 'drop', 'apply-drop', 'hang'],
    'ims.token': ['500', 'drop'],
  },
  analytics: { 'ims.token': ['500', 'drop'] },
  'advertising-cloud': {},
  campaign: { 'ims.token': ['500', 'drop'] },
  target: { 'ims.token': ['500', 'drop'] },
  marketo: {
    'lists.add': ['602', '604', '608', '611', '713', 'apply-500', 'apply-drop', 'hang', 'drop'],
    'identity.token': ['500', 'drop'],
  },
}

/**
 * Plans faults for a share of all calls of all solutions, drawn by a seed.
 *
 * @param share of the calls, 0 to 1
 */
export async function planFaults(control: string, share: number, seed: number): Promise<void> {
  const plans = Object.entries(particular).map(([solution, operations], index) => {
    const rates = [
      ...Object.entries(operations).map(([operation, answers]) => ({ operation, answers })),
      { answers: common },
    ]
    const seeded = rates.map((block, at) => ({
      ...block,
      rate: share,
      seed: seed + 100 * index + at,
    }))
    return [solution, { script: [], rates: seeded }]
  })
  const body = JSON.stringify(Object.fromEntries(plans))
  expectSuccess('the sandbox', await httpJson('POST', `${control}/control/faults`, { body }))
}

/** Calls that a solution's servers had. */
export interface Disturbed {
  readonly calls: number
  /** Those that were answered by a plan. */
  readonly faults: number
}

/** How many calls were disturbed, by solution. */
export async function readDisturbed(control: string): Promise<ReadonlyMap<string, Disturbed>> {
  const answer = await httpJson<{
    readonly totals: Record<string, Record<string, Record<string, Disturbed>>>
  }>('GET', `${control}/control/requests?after=${Number.MAX_SAFE_INTEGER}`)
  expectSuccess('the sandbox', answer)
  return new Map(
    Object.entries(answer.body.totals).map(([solution, operations]) => {
      const totals = Object.values(operations).flatMap((answers) => Object.values(answers))
      return [
        solution,
        {
          calls: totals.reduce((sum, { calls }) => sum + calls, 0),
          faults: totals.reduce((sum, { faults }) => sum + faults, 0),
        },
      ]
    }),
  )
}
