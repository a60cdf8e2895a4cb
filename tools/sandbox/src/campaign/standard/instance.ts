import type { Clock } from '../../clock/clock.ts'
import { createEngineCalls, type EngineCalls } from '../engine-calls.ts'
import type { People } from '../people.ts'
import type { CampaignSettings } from '../settings.ts'
import { createTable, type Row, type Table, type TableState } from '../table.ts'
import { timeText } from '../time-text.ts'
import { createPKeys, type PKeys } from './pkeys.ts'
import { createPrefixIndex, type PrefixIndex } from './prefix-index.ts'

/** One Campaign Standard instance: what its routes share. */
export interface StandardInstance {
  readonly settings: CampaignSettings
  readonly calls: EngineCalls
  /** Profiles; the prefix index follows every change made through here. */
  readonly profiles: Table
  readonly emails: PrefixIndex
  readonly people: People
  readonly services: Table
  /** `service` and `profile` are ids. */
  readonly subscriptions: Table
  readonly pkeys: () => PKeys
  readonly removeProfile: (profile: Row) => void
  readonly removeService: (service: Row) => void
  readonly now: () => string
  readonly touch: () => void
  readonly snapshot: () => StandardState
  readonly restore: (state: StandardState) => void
}

export interface StandardState {
  readonly secret: string
  readonly profiles: TableState
  readonly services: TableState
  readonly subscriptions: TableState
}

export function createStandardInstance(
  settings: CampaignSettings,
  clock: Clock,
  touch: () => void,
): StandardInstance {
  const emails = createPrefixIndex()
  const stored = createTable(
    [
      { name: 'nmsrecipient_email', attributes: ['email'], unique: false },
      ...Object.values(settings.standardKeys).map((field) => ({
        name: `nmsrecipient_${field.toLowerCase()}`,
        attributes: [field],
        unique: true,
      })),
    ],
    25_001,
  )
  const services = createTable(
    [{ name: 'nmsservice_name', attributes: ['name'], unique: true }],
    1401,
  )
  const subscriptions = createTable(
    [
      { name: 'nmssubscriptionrcp_key', attributes: ['service', 'profile'], unique: true },
      { name: 'nmssubscriptionrcp_service', attributes: ['service'], unique: false },
      { name: 'nmssubscriptionrcp_profile', attributes: ['profile'], unique: false },
    ],
    81_001,
  )
  const now = (): string => timeText(clock.nowMs())
  let pkeys = createPKeys()

  const profiles: Table = {
    ...stored,
    insert: (values) => {
      const row = stored.insert(values)
      emails.add(row.values['email'] ?? '', row.id)
      return row
    },
    update: (row, values) => {
      const changed = stored.update(row, values)
      if (changed.values['email'] !== row.values['email']) {
        emails.drop(row.values['email'] ?? '', row.id)
        emails.add(changed.values['email'] ?? '', row.id)
      }
      return changed
    },
    remove: (row) => {
      stored.remove(row)
      emails.drop(row.values['email'] ?? '', row.id)
    },
  }

  const removeSubscriptions = (of: 'service' | 'profile', { id }: Row): void => {
    for (const each of subscriptions.find([of], [String(id)]) ?? []) {
      const row = subscriptions.get(each)
      if (row !== undefined) subscriptions.remove(row)
    }
  }

  return {
    settings,
    calls: createEngineCalls(settings.engineCallsPerDay, clock),
    profiles,
    emails,
    people: {
      table: profiles,
      keys: settings.standardKeys,
      defaults: () => ({ created: now(), lastModified: now() }),
    },
    services,
    subscriptions,
    pkeys: () => pkeys,
    removeProfile: (profile) => {
      removeSubscriptions('profile', profile)
      profiles.remove(profile)
    },
    removeService: (service) => {
      removeSubscriptions('service', service)
      services.remove(service)
    },
    now,
    touch,
    snapshot: () => ({
      secret: pkeys.secret,
      profiles: stored.snapshot(),
      services: services.snapshot(),
      subscriptions: subscriptions.snapshot(),
    }),
    restore: (state) => {
      pkeys = createPKeys(state.secret)
      stored.restore(state.profiles)
      emails.clear()
      for (const { id, values } of stored.all()) emails.add(values['email'] ?? '', id)
      services.restore(state.services)
      subscriptions.restore(state.subscriptions)
    },
  }
}
