import type { Organisation } from '../organisation/organisation.ts'
import { activationDelayDefaultMs, solutionsPerDataflowLimit } from '@segue/runtime'
import { isProvisioned } from './catalog.ts'
import type { TargetParams } from './connections.ts'
import { fieldOf, refuseFaults, type Fault } from './fields.ts'

/** Longest time that a change may be held back, in milliseconds: a day. */
const activationDelayMaxMs = 86_400_000
const marketingActionsMax = 50

/**
 * Reads how a destination is to be used.
 *
 * @param given `params` as they came; nothing of it is required
 * @param solutions all that this Segue can reach
 * @throws Refusal CONNECTION_INVALID
 */
export function parseTargetParams(
  given: unknown,
  organisation: Organisation,
  solutions: readonly string[],
): TargetParams {
  const provisioned = solutions.filter((name) => isProvisioned(organisation.entitlements, name))
  const params = {
    solutions: fieldOf(given, 'solutions') ?? provisioned,
    activationDelayMs: fieldOf(given, 'activationDelayMs') ?? activationDelayDefaultMs,
    marketingActions: fieldOf(given, 'marketingActions') ?? [],
  }
  const faults: Fault[] = []
  const fault = (name: string, detail: string): void => {
    faults.push({ pointer: `/params/${name}`, detail })
  }
  const known = ['solutions', 'activationDelayMs', 'marketingActions']
  for (const name of Object.keys(given ?? {}))
    if (!known.includes(name)) fault(name, 'is not known')
  const named = names(params.solutions)
  if (named === undefined || named.length > solutionsPerDataflowLimit) {
    fault('solutions', 'must be a list of different solutions')
  } else if (named.length === 0) {
    fault('solutions', 'must name a solution; the organisation is provisioned for none by itself')
  }
  for (const [index, name] of (named ?? []).entries()) {
    if (!solutions.includes(name)) fault(`solutions/${index}`, 'is no solution that is set up')
  }
  const { activationDelayMs } = params
  const isDelay = Number.isSafeInteger(activationDelayMs) && Number(activationDelayMs) >= 0
  if (!isDelay || Number(activationDelayMs) > activationDelayMaxMs) {
    fault('activationDelayMs', `must be 0 to ${activationDelayMaxMs} milliseconds`)
  }
  const marketingActions = names(params.marketingActions)
  if (marketingActions === undefined || marketingActions.length > marketingActionsMax) {
    fault('marketingActions', 'must be a list of different names')
  }
  refuseFaults('CONNECTION_INVALID', faults)
  return {
    solutions: named ?? [],
    activationDelayMs: Number(activationDelayMs),
    marketingActions: marketingActions ?? [],
  }
}

/** A list of different short names; undefined where it is none. */
function names(given: unknown): readonly string[] | undefined {
  if (!Array.isArray(given)) return undefined
  const list: readonly unknown[] = given
  const texts = list.filter(
    (one): one is string => typeof one === 'string' && one !== '' && one.length <= 255,
  )
  return texts.length === list.length && new Set(texts).size === texts.length ? texts : undefined
}
