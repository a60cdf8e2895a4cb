import type { SolutionCodes } from './solution-codes.ts'

/** Codes that the adapter of marketo may put into the books, or names as its trouble: as its README says them. */
export const marketoCodes: SolutionCodes = {
  CALL_TOO_LARGE: ['one row alone is over the size limit', 'failed'],
  GATEWAY_TIMED_OUT: ['gateway or time-out', 'the rows go again'],
  ACCESS_TOKEN_MISSING: ['the adapter made a call that Marketo cannot read', 'failed'],
  ACCESS_TOKEN_INVALID: [
    'the access token is not valid',
    'one repeat with a new token, then the solution waits',
  ],
  ACCESS_TOKEN_EXPIRED: [
    'the access token has expired',
    'one repeat with a new token, then the solution waits',
  ],
  ACCESS_DENIED: ['the API user’s role or the IP allow-list', 'look at `clientId`'],
  REQUEST_TIMED_OUT: ['Marketo gave up on the call', 'the rows go again'],
  CALL_INVALID: [
    'the adapter made a call that Marketo cannot read; the adapter made a call that Marketo cannot read, or the url is not Marketo’s',
    'failed',
  ],
  RATE_LIMIT: ['over 100 calls in 20 s', 'the solution waits'],
  DAILY_QUOTA: ['the quota of the day is spent', 'the solution waits until 00:00 CST'],
  API_UNAVAILABLE: ['temporarily unavailable', 'the solution waits'],
  SYSTEM_ERROR: ['unhandled error in Marketo', 'the rows go again'],
  SUBSCRIPTION_UNREACHABLE: ['check the url', 'the solution waits'],
  CONCURRENCY_LIMIT: ['over 10 calls at once', 'the solution waits'],
  FIELD_BLANK: ['a required field is blank', 'look at `listNamePrefix`'],
  NOT_FOUND: ['no such record', 'look at `listFolderId`'],
  FEATURE_OFF: ['not enabled for this subscription', 'look at `clientId`'],
  DATE_INVALID: ['Marketo refused a date', 'look at `listFolderId`'],
  BUSINESS_RULE: ['a rule forbids it, as a name', 'look at `listNamePrefix`'],
  FOLDER_NOT_FOUND: ['no such folder', 'look at `listFolderId`'],
  FOLDER_TYPE: ['the folder is of another type', 'look at `listFolderType`'],
  TRANSIENT_ERROR: ['a passing error', 'the rows go again'],
  LOCK_WAIT: ['waited too long for a lock', 'the rows go again'],
  VALUE_TYPE: ['a value is of the wrong type', 'failed'],
  VALUE_MISSING: ['a required value is missing', 'failed'],
  VALUE_INVALID: ['a value is not valid', 'failed'],
  LEAD_NOT_FOUND: [
    'no lead of this id',
    'looked up again once; then excluded, or done on a removal',
  ],
  FIELD_NOT_FOUND: ['no such field', 'failed'],
  LEAD_AMBIGUOUS: ['several leads match', 'failed'],
  PARTITION_DENIED: ['the API user cannot see the lead’s partition', 'failed'],
  SEGMENT_GONE: ['the static list is gone', 'done on a removal, else the list is made again'],
  NOT_IN_LIST: ['the lead is not in the list', 'done on a removal'],
  ALREADY_EXISTS: ['it is already there', 'done on an add'],
  IMPORT_IN_PROGRESS: ['an import uses the list', 'the rows go again'],
  IN_USE: ['something uses the list', 'the rows go again'],
  RECORD_SKIPPED: [
    'Marketo skipped the record',
    'the list is asked; failed if it is not as wanted',
  ],
  LEADS_TOO_MANY: ['over 1,000 leads have one value in the field', 'failed'],
  LIST_IN_USE: [
    'something in Marketo uses the list that is to be deleted',
    'failed: take it out there, then remove it again',
  ],
  LIST_NOT_OURS: [
    "the list that is to be deleted no longer carries the segment's id",
    'failed: it is left alone',
  ],
  RESOURCE_UNKNOWN: ['nothing is at this address', 'look at `url`'],
  DAILY_CALL_SHARE: [
    "the share of the day's calls that the adapter may use up is used up",
    'the solution waits until 00:00 CST; look at `callsPerDay`',
  ],
  NOT_AS_ANSWERED: [
    'Marketo took the change, and its list says otherwise (`verify`)',
    'the rows go again',
  ],
  LIST_NAME_TAKEN: [
    "both names of the segment's list belong to other lists",
    'look at `listNamePrefix`',
  ],
  'MARKETO_<code>': [
    'a code that is not documented',
    'about a call: repeated; about a record: failed',
  ],
}
