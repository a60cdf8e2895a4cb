import type { Configuration } from '../configuration/configuration.ts'
import { Refusal } from '../configuration/refusal.ts'

/** What data is used for, as the organisation names it; its document's id is its name. */
export interface CustomMarketingAction {
  readonly description: string
}

/** Marketing actions that everybody has (`reference/platform.md` §6.2), in the form that addresses have. */
export const coreMarketingActions: ReadonlyMap<string, CustomMarketingAction> = new Map(
  Object.entries({
    analytics: 'Measuring and reporting how the own sites and apps are used.',
    combineWithPii: 'Combining anonymous data with data that identifies people directly.',
    crossSiteTargeting: 'Targeting ads by what is known from several sites.',
    dataScience: 'Modelling and machine learning.',
    emailTargeting: 'E-mail campaigns.',
    exportToThirdParty: 'Export to whoever has no direct relation with the customer.',
    onsiteAdvertising: 'Choosing and measuring ads on the own sites and apps.',
    onsitePersonalization: 'Choosing content on the own sites and apps.',
    segmentMatch: 'Exchanging segments with other organisations by Segment Match.',
    singleIdentityPersonalization: 'Personalisation by one identity alone, not by stitched ones.',
  }).map(([name, description]) => [name, { description }]),
)

/** Upper-case names that destinations use (§6.2): `EMAIL_TARGETING`. */
const coreByConstant: ReadonlyMap<string, string> = new Map(
  [...coreMarketingActions.keys()].map((name) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase(),
    name,
  ]),
)

/**
 * The marketing action that is meant: `emailTargeting`, `EMAIL_TARGETING`, `core/emailTargeting`, `custom/ours`, or an address
 * that ends in `marketingActions/core/emailTargeting`. Without a container a core one comes first.
 * @returns `core/<name>` or `custom/<name>`; undefined where there is none
 */
export function marketingActionOf(configuration: Configuration, given: string): string | undefined {
  const [, container, name = ''] =
    /^(?:(?:.*\/)?marketingActions\/)?(?:(core|custom)\/)?([^/]+)$/u.exec(given) ?? []
  const core = coreMarketingActions.has(name) ? name : coreByConstant.get(name)
  if (container !== 'custom' && core !== undefined) return `core/${core}`
  const isCustom = container !== 'core' && configuration.get('marketingAction', name) !== undefined
  return isCustom ? `custom/${name}` : undefined
}

/**
 * Reads what a destination is used for, or what a policy is about.
 *
 * @param pointer where the list stands in what was sent
 * @returns `core/<name>` or `custom/<name>`, each once
 * @throws Refusal MARKETING_ACTION_UNKNOWN
 */
export function checkMarketingActions(
  configuration: Configuration,
  given: readonly string[],
  pointer = '',
): readonly string[] {
  const known = given.map((one, place) => {
    const name = marketingActionOf(configuration, one)
    if (name !== undefined) return name
    const detail = `there is no marketing action ${JSON.stringify(one.slice(0, 256))}`
    throw new Refusal('MARKETING_ACTION_UNKNOWN', detail, {
      errors: [{ pointer: `${pointer}/${place}`, detail }],
    })
  })
  return [...new Set(known)]
}
