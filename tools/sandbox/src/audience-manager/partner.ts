import type { Clock } from '../clock/clock.ts'
import { type Accounts, type AccountsState, createAccounts } from './accounts.ts'
import { type Catalogue, type CatalogueState, createCatalogue } from './catalogue.ts'
import { createDestinations, type Destinations, type DestinationsState } from './destinations.ts'
import { createIdRegister, type IdRegister, type IdRegisterState } from './id-register.ts'
import { createMemberships, type Memberships, type MembershipsState } from './memberships.ts'
import { createPopulationReport, type PopulationReport } from './population-report.ts'
import type { AudienceManagerSettings } from './settings.ts'

/** One customer of Audience Manager: what its servers share. */
export interface Partner {
  readonly settings: AudienceManagerSettings
  readonly clock: Clock
  readonly catalogue: Catalogue
  readonly memberships: Memberships
  readonly report: PopulationReport
  readonly register: IdRegister
  readonly accounts: Accounts
  readonly destinations: Destinations
  /** Says that something changed that a restart must not lose. */
  readonly touch: () => void
  readonly snapshot: () => PartnerState
  readonly restore: (state: PartnerState) => void
}

export interface PartnerState {
  readonly catalogue: CatalogueState
  readonly memberships: MembershipsState
  readonly register: IdRegisterState
  /** Left out by sandboxes of before there were accounts and destinations. */
  readonly accounts?: AccountsState
  readonly destinations?: DestinationsState
}

export function createPartner(
  settings: AudienceManagerSettings,
  clock: Clock,
  touch: () => void,
): Partner {
  const catalogue = createCatalogue(settings)
  const memberships = createMemberships((...change) => report.note(...change))
  const report: PopulationReport = createPopulationReport(settings.populationLagMs, clock, (sid) =>
    memberships.population(sid, catalogue.traits.get(sid)?.ttl ?? 0, clock.nowMs()),
  )
  const register = createIdRegister(settings.denyAfterCalls, settings.denyWindowMs, clock)
  const accounts = createAccounts(settings)
  const destinations = createDestinations()
  return {
    settings,
    clock,
    catalogue,
    memberships,
    report,
    register,
    accounts,
    destinations,
    touch,
    snapshot: () => ({
      catalogue: catalogue.snapshot(),
      memberships: memberships.snapshot(),
      register: register.snapshot(),
      accounts: accounts.snapshot(),
      destinations: destinations.snapshot(),
    }),
    restore: (state) => {
      catalogue.restore(state.catalogue)
      memberships.restore(state.memberships)
      register.restore(state.register)
      if (state.accounts !== undefined) accounts.restore(state.accounts)
      if (state.destinations !== undefined) destinations.restore(state.destinations)
    },
  }
}
