import { createHash } from 'node:crypto'
import type { Counterpart, ServerContext, SolutionServer } from '../solution-server.ts'
import { isObject } from '../json/json.ts'
import { createInstance, type Instance, type InstanceState } from './instance.ts'
import type { Lead } from './leads.ts'
import { createMarketo } from './marketo.ts'
import { type SeedLead, seedLeads } from './seed.ts'
import type { MarketoSettings } from './settings.ts'

/** How Marketo is reached in the sandbox. */
export interface MarketoReady {
  /** Stands for `https://<munchkinId>.mktorest.com`. */
  readonly url: string
  /** Marketo's Identity URL; the token is at `/oauth/token` under it. */
  readonly identityUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly emailHashField: string
  readonly ecidField: string
  readonly folderId: number
}

/** Marketo in the sandbox: one instance with its leads and lists (reference §6). */
export function marketoServer(
  settings: MarketoSettings,
  context: ServerContext,
): SolutionServer<MarketoReady> {
  const { clock, touch } = context
  const instance = createInstance(settings, clock, touch)
  return {
    solution: 'marketo',
    apps: { marketo: createMarketo(instance, context) },
    ready: ({ marketo = '' }) => ({
      url: marketo,
      identityUrl: `${marketo}/identity`,
      clientId: settings.clientId,
      clientSecret: settings.clientSecret,
      emailHashField: settings.emailHashField,
      ecidField: settings.ecidField,
      folderId: settings.folderId,
    }),
    members: () =>
      Object.fromEntries(
        instance.lists.all().map((list): [string, Counterpart] => [
          String(list.id),
          {
            name: list.name,
            segment: list.description ?? '',
            members: [...list.members]
              .flatMap((id) => identitiesOf(instance, instance.leads.byId(id)))
              .toSorted(),
          },
        ]),
      ),
    pending: () => 0,
    process: () => Promise.resolve(),
    seed: (people) => {
      const entries = people.map((person) => seedOf(settings, person))
      const before = instance.leads.size()
      const ids = seedLeads(instance.leads, instance.fields, entries, clock.nowMs())
      touch()
      return { created: instance.leads.size() - before, ids }
    },
    snapshot: instance.snapshot,
    restore: (kept) => {
      if (isInstanceState(kept)) instance.restore(kept)
    },
  }
}

/** Only the sandbox writes its state, and its version vouches for what is inside. */
function isInstanceState(given: unknown): given is InstanceState {
  return isObject(given) && 'leads' in given && 'lists' in given
}

/** One lead of a seed. `emailSHA256` and `ecid` stand for the custom fields whatever these are called by setting. */
function seedOf(
  { emailHashField, ecidField }: MarketoSettings,
  person: Readonly<Record<string, string>>,
): SeedLead {
  const names: Readonly<Record<string, string>> = { emailSHA256: emailHashField, ecid: ecidField }
  return Object.fromEntries(
    Object.entries(person).map(([name, value]) => [names[name] ?? name, value]),
  )
}

/** `email_lc_sha256:<hash>` and `ECID:<id>`: every identity that the lead has. */
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
