import { createIms } from '../ims/ims.ts'
import { isObject } from '../json/json.ts'
import {
  type Counterpart,
  SeedInvalid,
  type ServerContext,
  type SolutionServer,
} from '../solution-server.ts'
import { createClassic } from './classic/classic.ts'
import { type ClassicState, createClassicInstance } from './classic/database.ts'
import { identitiesOf, type People, seedPerson } from './people.ts'
import type { CampaignReady } from './ready.ts'
import type { CampaignSettings } from './settings.ts'
import { createStandard } from './standard/standard.ts'
import { createStandardInstance, type StandardState } from './standard/instance.ts'
import { keyParameters } from './standard-keys.ts'
import type { Found, Table } from './table.ts'

interface Kept {
  readonly standard: StandardState
  readonly classic: ClassicState
}

/** Campaign in the sandbox: a Standard instance with its IMS, and a Classic one; each has people of its own (reference §4). */
export function campaignServer(
  settings: CampaignSettings,
  context: ServerContext,
): SolutionServer<CampaignReady> {
  const solution = 'campaign'
  const { clock, touch } = context
  const standard = createStandardInstance(settings, clock, touch)
  const classic = createClassicInstance(settings, clock, touch)
  const ims = createIms({ ...settings, ...context, solution })
  return {
    solution,
    apps: {
      standard: createStandard(standard, { ...context, isLiveToken: ims.isLive }),
      ims: ims.app,
      classic: createClassic(classic, context),
    },
    ready: ({ standard: standardUrl = '', ims: imsUrl = '', classic: classicUrl = '' }) => ({
      standard: {
        url: `${standardUrl}/${settings.organization}/campaign`,
        imsUrl,
        clientId: settings.clientId,
        clientSecret: settings.clientSecret,
        keys: Object.fromEntries(
          keyParameters(settings.standardKeys).map(({ namespace, ...key }) => [namespace, key]),
        ),
      },
      classic: {
        url: classicUrl,
        login: settings.login,
        password: settings.password,
        keys: settings.classicKeys,
        groupFolder: settings.groupFolder,
      },
    }),
    members: () => ({
      ...counterparts('standard', standard.services, settings.serviceDescriptionField, (id) =>
        membersOf(
          standard.people,
          standard.subscriptions,
          'profile',
          standard.subscriptions.find(['service'], [id]),
        ),
      ),
      ...counterparts('classic', classic.table(classic.schema('nms:group')), 'desc', (id) => {
        const relations = classic.table(classic.schema('nms:rcpGrpRel'))
        return membersOf(
          classic.people,
          relations,
          'recipient-id',
          relations.find(['group-id'], [id]),
        )
      }),
    }),
    pending: () => 0,
    process: () => Promise.resolve(),
    seed: (people) => {
      for (const [index, person] of people.entries()) checkPerson(person, index)
      const before = classic.people.table.size()
      const ids = people.map((person) => {
        seedPerson(standard.people, person)
        return seedPerson(classic.people, person).id
      })
      touch()
      return { created: classic.people.table.size() - before, ids }
    },
    control: (app) => {
      app.get('/control/campaign', () => ({
        engineCalls: { standard: standard.calls.today(), classic: classic.calls.today() },
      }))
    },
    snapshot: (): Kept => ({ standard: standard.snapshot(), classic: classic.snapshot() }),
    restore: (given) => {
      if (!isKept(given)) return
      standard.restore(given.standard)
      classic.restore(given.classic)
    },
  }
}

/** Only the sandbox writes its state, and its version vouches for the rest. */
function isKept(given: unknown): given is Kept {
  return isObject(given) && isObject(given['standard']) && isObject(given['classic'])
}

/** All are looked at before anybody is made. */
function checkPerson(person: Readonly<Record<string, string>>, index: number): void {
  const known = ['email', 'emailSHA256', 'ecid', 'gaid', 'idfa']
  const stray = Object.keys(person).find((name) => !known.includes(name))
  if (stray !== undefined) {
    throw new SeedInvalid(`person ${index}: no field ${stray}; known: ${known.join(', ')}`)
  }
  if (!known.some((name) => (person[name] ?? '') !== '')) {
    throw new SeedInvalid(`person ${index}: one of ${known.join(', ')} must be given`)
  }
}

/** Services or groups by `<instance>:<name>`. The segment's id is what their description holds, by the sharing side's convention. */
function counterparts(
  instance: string,
  table: Table,
  description: string,
  members: (id: string) => readonly string[],
): Record<string, Counterpart> {
  return Object.fromEntries(
    [...table.all()].map(({ id, values }) => {
      const name = values['name'] ?? ''
      return [
        `${instance}:${name}`,
        {
          name: values['label'] ?? name,
          segment: values[description] ?? name,
          members: members(String(id)),
        },
      ]
    }),
  )
}

/** Every identity of the people whom the relations lead to. */
function membersOf(
  people: People,
  relations: Table,
  attribute: string,
  found: Found | undefined,
): readonly string[] {
  return [...(found ?? [])]
    .flatMap((id) => {
      const person = people.table.get(Number(relations.get(id)?.values[attribute] ?? 0))
      return person === undefined ? [] : identitiesOf(people, person)
    })
    .toSorted()
}
