import type { Configuration } from '../configuration/configuration.ts'
import { checkEtag, type Decision, type Write } from '../configuration/configure.ts'
import type { Document } from '../configuration/documents.ts'
import { Refusal } from '../configuration/refusal.ts'
import { addOrders } from '../backfill/add-orders.ts'
import { backfillOrders } from '../flow/backfill-orders.ts'
import { organisationDocument } from './organisation-document.ts'
import { organisationId, type Organisation } from './organisation.ts'

/**
 * Changes what the organisation is entitled to or has set. The legacy integration is not switched here, since that is a
 * procedure (the cutover); that it is on may be said while nothing is sent. Where all identities are to go again, enabled flows owe
 * those that were kept back.
 *
 * @param change from what it is to what it is to be: whole, and already checked for its form
 * @throws Refusal IF_MATCH_MISSING; ETAG_STALE; LEGACY_SHARING_BY_CUTOVER
 */
export function changeOrganisation(
  configuration: Configuration,
  ifMatch: string | undefined,
  change: (organisation: Organisation) => Organisation,
  context: { readonly nowMs: number; readonly newId: () => string },
): Decision<Document<'organisation'>> {
  const document = organisationDocument(configuration)
  checkEtag(document, ifMatch)
  const value = change(document.value)
  refuseSwitch(document.value, value)
  return {
    writes: [
      { kind: 'organisation', id: organisationId, value },
      ...identitiesOwed(configuration, document.value, value, context),
    ],
    answer: organisationDocument,
  }
}

function identitiesOwed(
  configuration: Configuration,
  { settings: before }: Organisation,
  { settings: after }: Organisation,
  context: { readonly nowMs: number; readonly newId: () => string },
): readonly Write[] {
  if (!before.primaryIdentityOnly || after.primaryIdentityOnly) return []
  return configuration
    .all('flow')
    .filter(({ value }) => value.state === 'enabled')
    .map(({ id, value }) => {
      const orders = backfillOrders(configuration, value.selectors, context)
      const backfills = addOrders(value.backfills, orders, context.newId)
      return { kind: 'flow', id, value: { ...value, backfills } }
    })
}

/** That it is on while a flow is enabled is refused by a rule of the configuration as a whole. */
function refuseSwitch(
  { legacySharing: before }: Organisation,
  { legacySharing: after }: Organisation,
): void {
  const isSame =
    before.state === after.state &&
    before.disabledAtMs === after.disabledAtMs &&
    before.ticket === after.ticket
  if (isSame) return
  const isDeclared =
    after.state === 'enabled' && after.disabledAtMs === undefined && after.ticket === undefined
  if (isDeclared) return
  throw new Refusal(
    'LEGACY_SHARING_BY_CUTOVER',
    'the legacy integration is switched off by the cutover',
  )
}
