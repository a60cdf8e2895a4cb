import {
  excluded,
  failed,
  misconfigured,
  refusal,
  retryRow,
  retrySolution,
} from '@segue/solution-kit'
import type { Refusal, Verdict } from '@segue/solution-kit'

/**
 * What a DCS code asks for. `identity`: one id of the call is bad, which is the row's end only if it had no other.
 * `quarantine`: the id is deny-listed, leave it alone for a while. `noted`: nothing to do, but worth a log line.
 */
export type DcsClass = Verdict | { readonly kind: 'identity' | 'quarantine' | 'noted' }

interface DcsEntry {
  /** Our code, stable. */
  readonly code: string
  readonly class: DcsClass
  /** For people. */
  readonly meaning: string
}

function entry(code: string, dcsClass: DcsClass, meaning: string): DcsEntry {
  return { code, class: dcsClass, meaning }
}

/** After trouble in the profile store. */
const storeRetry = retryRow(5_000, true)
/** A fault of the adapter is no reason to keep the row from its file: the row stays open here, and is counted. */
const adapterFault = retryRow(60_000, false)
const slowDown = retrySolution(600_000, false)

/** Every code of `reference/solutions.md` §1.2. They come inside HTTP 200. */
export const dcsCodes: ReadonlyMap<number, DcsEntry> = new Map([
  [0, entry('DCS_UNSPECIFIED', storeRetry, 'unspecified error')],
  [1, entry('HOST_UNKNOWN', misconfigured('dcsHost'), 'no company has this host')],
  [2, entry('ORG_UNKNOWN', misconfigured('orgId'), 'no company has this organisation id')],
  [10, entry('TRAITS_NOT_EVALUATED', storeRetry, 'traits were not or only partly evaluated')],
  [100, entry('CALL_INVALID', adapterFault, 'the Host header is missing')],
  [101, entry('ECID_REFUSED', { kind: 'identity' }, 'the ECID is not valid')],
  [102, entry('UUID_INVALID', { kind: 'identity' }, 'the Audience Manager id is not valid')],
  [104, entry('IDS_INVALID', { kind: 'identity' }, 'all customer ids are invalid')],
  [109, entry('REFERER_REFUSED', misconfigured('dcsHost'), 'the referer is not allowed')],
  [111, entry('TOKEN_REFUSED', misconfigured('clientId'), 'the IMS token is not valid')],
  [171, entry('OPTED_OUT', excluded, 'the person opted out')],
  [172, entry('COOKIES_BLOCKED', excluded, 'the browser blocks cookies')],
  [173, entry('OPTED_OUT_NAI', excluded, 'the person opted out at the NAI')],
  [198, entry('COUNTRY_BLOCKED', excluded, 'the company blocks this country')],
  [199, entry('COUNTRY_EMBARGOED', excluded, 'the country is under embargo')],
  [200, entry('STORE_UNAVAILABLE', storeRetry, 'the profile store could not be read')],
  [201, entry('STORE_UNAVAILABLE', storeRetry, 'the profile store could not be read')],
  [202, entry('STORE_UNAVAILABLE', storeRetry, 'the profile store could not be read')],
  [203, entry('STORE_UNAVAILABLE', storeRetry, 'the profile store could not be read')],
  [204, entry('STORE_UNAVAILABLE', storeRetry, 'the profile store could not be read')],
  [205, entry('STORE_UNAVAILABLE', storeRetry, 'the profile could not be migrated')],
  [300, entry('ID_INVALID', { kind: 'identity' }, 'a customer id is not valid')],
  [301, entry('IDS_TOO_MANY', adapterFault, 'over 10 customer ids in a call')],
  [302, entry('DATA_SOURCE_FOREIGN', misconfigured('dataSources'), 'not your data source')],
  [303, entry('ID_DENIED', { kind: 'quarantine' }, 'the id is deny-listed: called too often')],
  [304, entry('DATA_SOURCE_DENIED', slowDown, 'the data source is deny-listed')],
  [306, entry('ID_DENIED', { kind: 'quarantine' }, 'the device id is deny-listed')],
  [307, entry('OPERATION_DENIED', slowDown, 'the operation is deny-listed')],
  [309, entry('IDS_TOO_MANY', adapterFault, 'a customer id over the tenth was discarded')],
  [310, entry('IDS_TOO_MANY', adapterFault, 'over 3 ids in one namespace')],
  [311, entry('CALL_INVALID', adapterFault, 'the call is badly URL-encoded')],
  [312, entry('DEVICE_ID_INVALID', { kind: 'identity' }, 'a device id has the wrong form')],
  [313, entry('CONSENT_CMP_UNKNOWN', { kind: 'noted' }, 'IAB TCF: the CMP is not known')],
  [314, entry('CONSENT_CMP_DELETED', { kind: 'noted' }, 'IAB TCF: the CMP was deleted')],
  [315, entry('CONSENT_MISSING', excluded, 'IAB TCF: no consent')],
])

/** The entry of a code; one that is not documented is repeated. */
export function dcsEntry(code: number): DcsEntry {
  return dcsCodes.get(code) ?? entry(`DCS_${code}`, storeRetry, 'a code that is not documented')
}

/** How long a deny-listed id is left alone. */
export const quarantineMs: number = 60 * 60 * 1000

/**
 * The receipt of a code for all rows of its call.
 * @param alone whether the call had a single id, so that a bad one leaves nothing that could have worked
 * @returns undefined where the call still did its work for the other ids
 */
export function refusalOfDcsCode(code: number, alone: boolean): Refusal | undefined {
  const found = dcsEntry(code)
  const verdict = finalVerdict(found.class, alone)
  if (verdict === undefined) return undefined
  return refusal(found.code, verdict, `Audience Manager ${code}: ${found.meaning}`)
}

function finalVerdict(dcsClass: DcsClass, alone: boolean): Verdict | undefined {
  switch (dcsClass.kind) {
    case 'identity':
      return alone ? failed : undefined
    case 'quarantine':
      return retryRow(quarantineMs, false)
    case 'noted':
      return undefined
    case 'retry':
    case 'excluded':
    case 'failed':
    case 'misconfigured':
      return dcsClass
  }
}
