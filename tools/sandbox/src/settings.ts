import { isObject, isTexts, isWhole } from './json/json.ts'
import {
  advertisingCloudDefaults,
  advertisingCloudLoose,
  type AdvertisingCloudSettings,
} from './advertising-cloud/settings.ts'
import { analyticsDefaults, analyticsLoose, type AnalyticsSettings } from './analytics/settings.ts'
import { campaignDefaults, campaignLoose, type CampaignSettings } from './campaign/settings.ts'
import { targetDefaults, targetLoose, type TargetSettings } from './target/settings.ts'
import { marketoDefaults, marketoLoose, type MarketoSettings } from './marketo/settings.ts'
import {
  audienceManagerDefaults,
  audienceManagerLoose,
  type AudienceManagerSettings,
} from './audience-manager/settings.ts'

/** Everything that can be set, with the real solutions' limits as defaults. The README has the table. */
export interface Settings {
  /** Seed of every random choice: file order, the winner where a file contradicts itself. */
  readonly seed: number
  /** Requests that the journal keeps. */
  readonly journalEntries: number
  /** A frozen clock moves only by `POST /control/clock`. */
  readonly frozenClock: boolean
  readonly marketo: MarketoSettings
  readonly audienceManager: AudienceManagerSettings
  readonly analytics: AnalyticsSettings
  readonly advertisingCloud: AdvertisingCloudSettings
  readonly campaign: CampaignSettings
  readonly target: TargetSettings
}

export const realSettings: Settings = {
  seed: 1,
  journalEntries: 10_000,
  frozenClock: false,
  marketo: marketoDefaults,
  audienceManager: audienceManagerDefaults,
  analytics: analyticsDefaults,
  advertisingCloud: advertisingCloudDefaults,
  campaign: campaignDefaults,
  target: targetDefaults,
}

/** No limits and no lags: for runs where throughput matters and the limits have their own tests. */
export const looseSettings: Settings = {
  ...realSettings,
  marketo: { ...marketoDefaults, ...marketoLoose },
  audienceManager: { ...audienceManagerDefaults, ...audienceManagerLoose },
  analytics: { ...analyticsDefaults, ...analyticsLoose },
  advertisingCloud: { ...advertisingCloudDefaults, ...advertisingCloudLoose },
  campaign: { ...campaignDefaults, ...campaignLoose },
  target: { ...targetDefaults, ...targetLoose },
}

/** A setting that is unknown or of the wrong form. The message names it and says what it takes. */
export class SettingsInvalid extends Error {
  readonly code = 'SANDBOX_SETTINGS_INVALID'
}

/** Settings that take one of a few words. */
const words: Readonly<Record<string, readonly string[]>> = {
  'marketo.repeatAnswer': ['added', 'skipped', 'mixed'],
  'audienceManager.dcsOnboardedTraits': ['apply', 'ignore'],
  'campaign.repeatAnswer': ['duplicate', 'kept', 'mixed'],
}

/**
 * Reads settings as given by a person: `{ "preset": "real" | "loose", ... }` and any part of `Settings` on top.
 * The defaults are the schema: a key that they do not have is refused, a value must be of its default's type.
 */
export function parseSettings(given: unknown): Settings {
  if (given === undefined) return realSettings
  if (!isObject(given)) throw new SettingsInvalid('settings must be a JSON object')
  const { preset = 'real', ...overrides } = given
  if (preset !== 'real' && preset !== 'loose') {
    throw new SettingsInvalid(`preset must be "real" or "loose", not ${JSON.stringify(preset)}`)
  }
  return overlay(preset === 'loose' ? looseSettings : realSettings, overrides, '')
}

function overlay<T extends object>(
  defaults: T,
  overrides: Readonly<Record<string, unknown>>,
  path: string,
): T {
  const merged = new Map<string, unknown>(Object.entries(defaults))
  for (const [key, value] of Object.entries(overrides)) {
    const name = path + key
    if (!merged.has(key)) throw new SettingsInvalid(`unknown setting ${name}`)
    merged.set(key, valueOf(name, merged.get(key), value))
  }
  return Object.assign({ ...defaults }, Object.fromEntries(merged))
}

function valueOf(name: string, byDefault: unknown, value: unknown): unknown {
  if (typeof byDefault === 'number') {
    if (isWhole(value)) return value
    throw new SettingsInvalid(`${name} must be a whole number of at least 0`)
  }
  if (Array.isArray(byDefault)) {
    if (isTexts(value)) return value
    throw new SettingsInvalid(`${name} must be an array of strings`)
  }
  if (isObject(byDefault)) {
    if (isObject(value)) return overlay(byDefault, value, `${name}.`)
    throw new SettingsInvalid(`${name} must be an object`)
  }
  if (typeof value !== typeof byDefault || value === '') {
    throw new SettingsInvalid(`${name} must be a ${typeof byDefault}`)
  }
  const allowed = words[name]
  if (allowed !== undefined && !allowed.some((word) => word === value)) {
    throw new SettingsInvalid(`${name} must be one of ${allowed.join(', ')}`)
  }
  return value
}
