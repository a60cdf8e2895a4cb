import { createHash } from 'node:crypto'
import type { IdKind } from '../audience-manager/data-sources.ts'
import type { Partner } from '../audience-manager/partner.ts'
import type { Instance } from '../marketo/instance.ts'
import type { Lead } from '../marketo/leads.ts'

/** What the solutions hold as applied, by the id under which a solution knows the segment. */
export interface Members {
  readonly marketo: Readonly<Record<string, MarketoMembers>>
  readonly 'audience-manager': Readonly<Record<string, AudienceManagerMembers>>
}

interface MarketoMembers {
  readonly name: string
  readonly description: string
  /** `email_lc_sha256:<hash>` and `ECID:<id>`, every identity that each lead has; sorted. */
  readonly members: readonly string[]
}

interface AudienceManagerMembers {
  readonly name: string
  readonly integrationCode: string
  /** `ECID:…`, `GAID:…`, `IDFA:…`, `email_lc_sha256:…`; ids of other data sources as `<data source>:<id>`; sorted. */
  readonly members: readonly string[]
}

export function readMembers(instance: Instance, partner: Partner): Members {
  return {
    marketo: Object.fromEntries(
      instance.lists.all().map((list) => [
        String(list.id),
        {
          name: list.name,
          description: list.description ?? '',
          members: [...list.members]
            .flatMap((id) => identitiesOf(instance, instance.leads.byId(id)))
            .toSorted(),
        },
      ]),
    ),
    'audience-manager': Object.fromEntries(
      [...partner.catalogue.traits.values()].map(({ sid, name, integrationCode, ttl }) => [
        String(sid),
        {
          name,
          integrationCode,
          members: [...partner.memberships.population(sid, ttl, partner.clock.nowMs())]
            .flatMap(([dataSourceId, ids]) =>
              ids.map((id) => `${namespaceOf(partner, dataSourceId)}:${id}`),
            )
            .toSorted(),
        },
      ]),
    ),
  }
}

function identitiesOf(instance: Instance, lead: Lead | undefined): string[] {
  if (lead === undefined) return []
  const { emailHashField, ecidField } = instance.settings
  const identities: string[] = []
  const hash = lead.values[emailHashField] ?? hashOf(lead.values['email'])
  if (hash !== undefined) identities.push(`email_lc_sha256:${hash}`)
  const ecid = lead.values[ecidField]
  if (ecid !== undefined && ecid !== null) identities.push(`ECID:${ecid}`)
  return identities
}

/** A lead that has only its e-mail is the same person as the hash of it. */
function hashOf(email: unknown): string | undefined {
  if (typeof email !== 'string' || email === '') return undefined
  return createHash('sha256').update(email.trim().toLowerCase()).digest('hex')
}

function namespaceOf(partner: Partner, dataSourceId: number): string {
  const kind: IdKind = partner.catalogue.dataSources.byId(dataSourceId)?.idKind ?? 'other'
  return kind === 'other' ? String(dataSourceId) : kind
}
