import type { Configuration } from '../configuration/configuration.ts'
import { Refusal } from '../configuration/refusal.ts'
import { profileStoreSpecId } from '../connect/catalog.ts'
import { organisationDocument } from './organisation-document.ts'
import type { Entitlements } from './organisation.ts'

/** What a part of the configuration needs of the organisation's contracts: Real-Time CDP, and a solution where one is named. */
interface Need {
  /** The document that has the need. */
  readonly of: string
  readonly solution?: string
}

/**
 * Refuses a change after which something is connected or activated that the organisation is not entitled to. What was there
 * before is not held against the change, so an entitlement that ends stops no other edit, and nothing that runs; but a flow that
 * is enabled again needs all of them. The seed's prerequisites; `reference/platform.md` §11.
 *
 * @throws Refusal TIER_MISSING; SOLUTION_NOT_PROVISIONED; AUDIENCE_MANAGER_LICENCE_MISSING
 */
export function refuseUnentitled(before: Configuration, after: Configuration): void {
  const { entitlements } = organisationDocument(after).value
  const known = new Set(needsOf(before).keys())
  for (const [key, need] of needsOf(after)) {
    if (!known.has(key)) refuseWithout(entitlements, need)
  }
}

function refuseWithout(entitlements: Entitlements, { of, solution }: Need): void {
  if (entitlements.tier === 'none') {
    throw new Refusal(
      'TIER_MISSING',
      `${of} needs Real-Time CDP Prime or Ultimate, and the organisation has neither`,
      { entitlement: 'tier', tier: entitlements.tier },
    )
  }
  if (solution === undefined) return
  if (!entitlements.solutions.includes(solution)) {
    throw new Refusal(
      'SOLUTION_NOT_PROVISIONED',
      `${of} names ${solution}, for which the organisation is not provisioned`,
      { entitlement: 'solutions', solution },
    )
  }
  if (solution === audienceManager && !entitlements.audienceManagerLicence) {
    throw new Refusal(
      'AUDIENCE_MANAGER_LICENCE_MISSING',
      `${of} names Audience Manager, for which the organisation has no licence`,
      { entitlement: 'audienceManagerLicence', solution },
    )
  }
}

/** Of all solutions the only one with a licence of its own (seed, "Prerequisites"). */
const audienceManager = 'audience-manager'

/** By what they are for: a key that stays the same as long as nothing more is asked for. */
function needsOf(configuration: Configuration): ReadonlyMap<string, Need> {
  const needs = new Map<string, Need>()
  const add = (need: Need, ...key: readonly string[]): void => {
    needs.set(JSON.stringify([need.of, need.solution, ...key]), need)
  }
  for (const { id, value } of configuration.all('connection')) {
    if (value.connectionSpec.id !== profileStoreSpecId) add({ of: `connection ${id}` })
  }
  for (const { id, value } of configuration.all('targetConnection')) {
    const of = `target connection ${id}`
    add({ of })
    for (const solution of value.params.solutions) add({ of, solution })
  }
  for (const { id, value } of configuration.all('flow')) {
    const of = `flow ${id}`
    const isEnabled = value.state === 'enabled'
    add({ of })
    if (isEnabled) add({ of }, 'enabled')
    for (const { segment, solutions } of value.selectors) {
      for (const solution of solutions) {
        add({ of, solution }, segment)
        if (isEnabled) add({ of, solution }, 'enabled')
      }
    }
  }
  return needs
}
