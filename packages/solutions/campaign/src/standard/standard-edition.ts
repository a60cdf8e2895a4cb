import { imsToken, tokenCache } from '@segue/solution-kit'
import type { HttpClient } from '@segue/solution-kit'
import type { Edition } from '../edition.ts'
import type { StandardSettings } from '../settings.ts'
import { deliverRows } from './deliver.ts'
import { profileLookup } from './profile-lookup.ts'
import { servicesOf } from './services.ts'
import { standardClient } from './standard-client.ts'
import { subscriptionsOf } from './subscriptions.ts'

/** Campaign Standard: a segment is a service, a member subscribes to it (`reference/solutions.md` §4.1, option A). */
export function standardEdition(options: {
  readonly settings: StandardSettings
  readonly http: HttpClient
  readonly nowMs: () => number
}): Edition {
  const { settings, http, nowMs } = options
  const { clientId, clientSecret, scopes } = settings
  const fetch = imsToken({ http, url: settings.imsUrl, clientId, clientSecret, scopes, nowMs })
  const tokens = tokenCache({ fetch, nowMs })
  const call = standardClient({ http, url: settings.url, clientId, tokens, nowMs })
  const services = servicesOf({
    call,
    namePrefix: settings.namePrefix,
    cacheMs: settings.serviceCacheSecs * 1000,
    nowMs,
  })
  const createMissing = settings.createPolicy === 'createMissing'
  const lookup = profileLookup({
    call,
    keys: settings.keys,
    cacheSize: settings.profileCacheSize,
    cacheMs: settings.profileCacheSecs * 1000,
    // Who is about to be created is asked for first: a custom field need not be unique.
    unknownCacheMs: createMissing ? 0 : settings.unknownProfileCacheSecs * 1000,
    nowMs,
  })
  const parts = {
    lookup,
    services,
    subscriptions: subscriptionsOf(call),
    createMissing,
    concurrentCalls: settings.maxConcurrentCalls,
  }

  return { counterparts: services, deliver: (rows) => deliverRows(rows, parts) }
}
