/** Marketo's words for its error codes (reference §6.5). `%s` takes the detail. */
const messages: Readonly<Record<string, string>> = {
  '601': 'Access token invalid',
  '602': 'Access token expired',
  '603': 'Access denied',
  '604': 'Request timed out',
  '605': 'HTTP Method not supported',
  '606': "Max rate limit '%s' exceeded with in '%s' secs",
  '607': 'Daily quota reached',
  '608': 'API Temporarily Unavailable',
  '609': 'Invalid JSON',
  '610': 'Requested resource not found',
  '611': 'System error',
  '612': 'Invalid Content Type',
  '613': 'Invalid Multipart Request',
  '614': 'Invalid Subscription',
  '615': 'Concurrent access limit reached',
  '701': '%s cannot be blank',
  '702': 'No data found for a given search scenario',
  '703': 'The feature is not enabled for the subscription',
  '704': 'Invalid date format',
  '709': 'Business Rule Violation: %s',
  '710': 'Parent Folder Not Found',
  '711': 'Incompatible Folder Type',
  '713': 'Transient Error',
  '719': 'Lock wait timeout exception',
  '1001': "Invalid value '%s'. Required of type '%s'",
  '1002': "Missing value for the required parameter '%s'",
  '1003': 'Invalid data: %s',
  '1004': 'Lead not found',
  '1005': 'Lead already exists',
  '1006': "Field '%s' not found",
  '1007': 'Multiple leads match the lookup criteria',
  '1008': "Access denied to partition '%s'",
  '1011': "Field '%s' not supported",
  '1013': 'Object not found',
  '1015': 'Lead not in list',
  '1016': 'Too many imports',
  '1017': 'Object already exists',
  '1019': 'Import in progress',
  '1022': 'Object in use',
  '1037': 'Lead was skipped',
}

/** Codes that are not counted against rate and quota (the asterisks of Marketo's table). */
export const freeCodes: ReadonlySet<string> = new Set(['601', '602', '604', '605', '608', '611'])

/** Codes that Marketo gives to single records; a scripted one skips every record of the call. */
export const recordCodes: ReadonlySet<string> = new Set([
  '1004',
  '1005',
  '1007',
  '1008',
  '1015',
  '1037',
])

export interface MarketoReason {
  readonly code: string
  readonly message: string
}

/** A code with its message, as it stands in `errors` and in `reasons`. */
export function reason(code: string, ...details: readonly string[]): MarketoReason {
  let next = 0
  const message = (messages[code] ?? 'System error').replaceAll('%s', () => {
    const detail = details[next] ?? ''
    next += 1
    return detail
  })
  return { code, message }
}

export function isKnownCode(code: string): boolean {
  return code in messages
}

/** The whole request is refused: HTTP 200 with `success: false`. */
export class RequestRefused extends Error {
  readonly reason: MarketoReason

  constructor(code: string, ...details: readonly string[]) {
    const why = reason(code, ...details)
    super(why.message)
    this.reason = why
  }
}
