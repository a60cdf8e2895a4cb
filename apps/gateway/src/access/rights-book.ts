import { builtInRoles, organisationDocument, rightsOf, rolesNamed } from '@segue/destinations'
import type {
  Configuration,
  ConfigurationStore,
  PermissionRule,
  Rights,
  Role,
} from '@segue/destinations'
import type { TokenGrant } from '@segue/redis'
import type { Services } from '../services.ts'
import { createKept } from './kept.ts'

/** What a grant comes to, by the organisation's roles. */
export interface Standing {
  readonly rights: Rights
  readonly rule: PermissionRule
  /** The vendor's id of the organisation. */
  readonly imsOrgId: string
}

/** The organisation's roles, and what they allow. */
export interface RightsBook {
  readonly builtIn: readonly Role[]
  readonly standingOf: (grant: TokenGrant) => Promise<Standing>
  /** What was changed here counts at once. */
  readonly forget: () => void
}

export interface RightsBookOptions {
  readonly productionSandboxes: readonly string[]
  /** Where the organisation has not said its id. */
  readonly imsOrgId: string
}

/** What is changed elsewhere counts here no later than this; with what a look-up takes it is less than a second. */
const freshMs = 800
/** While Redis is away, what was known counts this long. */
const staleMs = 10_000

/**
 * Keeps what it has read for less than a second, so that a request costs no round trip.
 * @param clock by which tokens are dated too
 */
export function createRightsBook(
  configuration: Pick<ConfigurationStore, 'read'>,
  { productionSandboxes, imsOrgId }: RightsBookOptions,
  { nowMs }: Pick<Services['clock'], 'nowMs'>,
): RightsBook {
  const builtIn = builtInRoles(productionSandboxes)
  const kept = createKept(() => configuration.read(), { freshMs, staleMs, nowMs })
  // What a grant comes to stays the same as long as both do.
  const rightsBy = new WeakMap<Configuration, WeakMap<TokenGrant, Rights>>()
  const rightsIn = (all: Configuration, grant: TokenGrant): Rights => {
    let ofGrants = rightsBy.get(all)
    if (ofGrants === undefined) {
      ofGrants = new WeakMap()
      rightsBy.set(all, ofGrants)
    }
    let rights = ofGrants.get(grant)
    if (rights === undefined) {
      rights = rightsOf(rolesNamed(all, builtIn, grant.roles))
      ofGrants.set(grant, rights)
    }
    return rights
  }
  return {
    builtIn,
    standingOf: async (grant) => {
      // A token that is younger than what was read may have a role that is so too.
      const all = await kept.get(grant.createdAtMs)
      const { value } = organisationDocument(all)
      return {
        rights: rightsIn(all, grant),
        rule: value.settings.permissionRule,
        imsOrgId: value.imsOrgId ?? imsOrgId,
      }
    },
    forget: kept.forget,
  }
}
