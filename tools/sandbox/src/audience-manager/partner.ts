import type { Clock } from '../clock/clock.ts'
import { type Catalogue, type CatalogueState, createCatalogue } from './catalogue.ts'
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
  /** Says that something changed that a restart must not lose. */
  readonly touch: () => void
  readonly snapshot: () => PartnerState
  readonly restore: (state: PartnerState) => void
}

export interface PartnerState {
  readonly catalogue: CatalogueState
  readonly memberships: MembershipsState
  readonly register: IdRegisterState
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
  return {
    settings,
    clock,
    catalogue,
    memberships,
    report,
    register,
    touch,
    snapshot: () => ({
      catalogue: catalogue.snapshot(),
      memberships: memberships.snapshot(),
      register: register.snapshot(),
    }),
    restore: (state) => {
      catalogue.restore(state.catalogue)
      memberships.restore(state.memberships)
      register.restore(state.register)
    },
  }
}
