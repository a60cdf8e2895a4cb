/** An error or warning of the DCS, which come with HTTP 200 (reference §1.2). */
export interface DcsError {
  readonly code: number
  readonly msg: string
}

/** The documented codes in the sandbox's words. `%s` takes the detail. */
const messages: Readonly<Record<number, string>> = {
  0: 'Unspecified error',
  1: 'Could not find config for hostname: %s',
  2: 'Invalid d_orgid value (could not find a config for this org id): %s',
  10: 'Traits were not or only partly evaluated',
  100: 'Could not retrieve host name for the request',
  101: 'Invalid Experience Cloud id passed in %s',
  102: 'Invalid aam id passed in request %s',
  104: 'All customer ids are invalid',
  109: 'Referer %s is not allowed for partner',
  111: 'Invalid IMS token received',
  171: 'Encountered opt out tag for id %s',
  172: 'Blocked cookies',
  173: 'Encountered trust relationship via NAI',
  198: 'Requests from this country are blocked by partner',
  199: 'Requests from this country are not allowed',
  200: 'Cannot read traits from profile cache for id: %s',
  201: 'Cannot read device ids from profile cache for customer id: %s',
  202: 'Cannot read related customer for device id: %s',
  203: 'Cannot read device cluster for id: %s',
  204: 'Could not perform migration since profile read failed for primary device',
  205: 'Could not perform migration, because profile read failed for %s',
  300: 'Invalid customer id %s',
  301: 'Maximum number of customer ids exceeded. Maximum allowed is 10. Found is %s.',
  302: 'Unauthorized customer id %s',
  303: 'Blocked customer id %s',
  304: 'Blocked datasource id %s',
  306: 'Blocked declared device id %s',
  307: 'Blocked profile operation for %s',
  309: 'Customer id %s was discarded because it exceeded the limit of declared customer ids per request',
  310: 'Customer id was discarded because it exceeded the limit for a given namespace. Namespace id is %s.',
  311: 'Request contains invalid parameters',
  312: 'Request contains an invalid Global Device ID',
  313: 'CMP ID is not present in GCL',
  314: 'CMP ID is marked as deleted in GCL',
  315: 'Consent string indicates no consent',
}

/** Codes after which a request is still processed: something in it was left out. */
const warnings: ReadonlySet<number> = new Set([
  10, 300, 301, 302, 303, 304, 309, 310, 312, 313, 314,
])

export function dcsError(code: number, detail = ''): DcsError {
  return { code, msg: (messages[code] ?? 'Unspecified error').replace('%s', () => detail) }
}

export function isDcsCode(code: number): boolean {
  return code in messages
}

export function isWarning(error: DcsError): boolean {
  return warnings.has(error.code)
}
