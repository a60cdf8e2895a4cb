import type { Configuration } from '../configuration/configuration.ts'
import { Refusal } from '../configuration/refusal.ts'
import { organisationId } from '../organisation/organisation.ts'

/**
 * The legacy integration and an enabled flow exclude each other (seed, "legacy segment sharing").
 * @throws Refusal LEGACY_INTEGRATION_ACTIVE
 */
export function refuseOverlap(after: Configuration): void {
  const legacy = after.get('organisation', organisationId)?.value.legacySharing
  if (legacy?.state !== 'enabled') return
  const flow = after.all('flow').find(({ value }) => value.state === 'enabled')
  if (flow === undefined) return
  throw new Refusal(
    'LEGACY_INTEGRATION_ACTIVE',
    'the legacy integration is on, and so would be a flow',
    { flowId: flow.id },
  )
}
