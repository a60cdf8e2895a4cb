/** What the organisation is entitled to, and how it wants the service to behave (design §10). One for all sandboxes. */
export interface Organisation {
  /** The vendor's id of the organisation, `…@AdobeOrg`; absent: not said. */
  readonly imsOrgId?: string
  readonly entitlements: Entitlements
  readonly settings: OrganisationSettings
  readonly legacySharing: LegacySharing
}

/** Facts of the organisation's contracts, which only itself knows. */
export interface Entitlements {
  /** Real-Time CDP: `prime` or `ultimate` is needed to connect. */
  readonly tier: 'none' | 'prime' | 'ultimate'
  /** Solutions that it is provisioned for. */
  readonly solutions: readonly string[]
  /** Needed for Audience Manager, and for no other solution. */
  readonly audienceManagerLicence: boolean
}

/** What the seed's edition fixed or lacked, as settings. */
export interface OrganisationSettings {
  /** Connections over all sandboxes: the seed's edition has one. */
  readonly maxConnectionsPerOrg: number
  /** Only a profile's primary identity goes out; else all that the solution takes. */
  readonly primaryIdentityOnly: boolean
  /** Activating a segment sends its present members; the seed's edition did not. */
  readonly backfill: boolean
  /** Labels of segments travel to solutions that can hold them; in the seed's edition they did not. */
  readonly carryLabels: boolean
  /** `seed`: activating needs Manage Destinations; `latest`: View Destinations instead (`reference/platform.md` §5). */
  readonly permissionRule: 'seed' | 'latest'
}

/** The vendor's own older integration, which must be off while a flow is on (seed: "legacy segment sharing"). */
export interface LegacySharing {
  readonly state: 'enabled' | 'disabled'
  /** When it was switched off, epoch milliseconds; absent: it never was on. */
  readonly disabledAtMs?: number
  /** Of the request to the vendor by which it was switched off. */
  readonly ticket?: string
}

export const organisationId = 'organisation'

/** What counts as long as nobody has said anything. */
export const organisationDefaults: Organisation = {
  entitlements: { tier: 'none', solutions: [], audienceManagerLicence: false },
  settings: {
    maxConnectionsPerOrg: 1,
    primaryIdentityOnly: false,
    backfill: true,
    carryLabels: true,
    permissionRule: 'seed',
  },
  legacySharing: { state: 'disabled' },
}
