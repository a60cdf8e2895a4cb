import type { SolutionCodes } from './solution-codes.ts'

/** Codes that every adapter may put into the books: as its README says them. */
export const everySolutionCodes: SolutionCodes = {
  CALL_BUDGET_SPENT: [
    'our own rate limiter has no call left',
    'the solution waits as long as it says; nothing was sent',
  ],
  CONNECT_FAILED: ['refused, unknown host, TLS', 'the solution waits; nothing was sent'],
  TIMED_OUT: [
    'no connection, no answer, or no end of it in time',
    'in doubt once the call was written',
  ],
  CONNECTION_DROPPED: ['the connection broke under the call', 'repeated, in doubt'],
  ANSWER_TOO_LARGE: [
    'over the bound; not HTTP; not what is documented',
    'repeated, in doubt where the call wrote',
  ],
  ANSWER_MALFORMED: [
    'over the bound; not HTTP; not what is documented',
    'repeated, in doubt where the call wrote',
  ],
  ANSWER_UNREADABLE: [
    'over the bound; not HTTP; not what is documented',
    'repeated, in doubt where the call wrote',
  ],
  CALL_ABORTED: ['this process is stopping', 'repeated'],
  CLIENT_CLOSED: ['this process is stopping', 'repeated'],
  CALL_INVALID: [
    'the call cannot be written, or the solution says that it cannot be read',
    'failed: a fault of the adapter, or of a setting with a line break in it',
  ],
  'HTTP_<status>': [
    'an answer with that status and no rule of its own',
    '401 and 403: look at the credentials; 408, 425, 429, 5xx: repeated; others: failed',
  ],
  CREDENTIALS_REFUSED: [
    'the identity service does not take client id, secret or scopes',
    'look at `clientSecret`',
  ],
  TOKEN_ALREADY_EXPIRED: ['no usable token came', 'the solution waits'],
  TOKEN_ANSWER_UNREADABLE: ['no usable token came', 'the solution waits'],
  TOKEN_UNAVAILABLE: ['no usable token came', 'the solution waits'],
  SEGMENT_GONE: ['the list or trait was deleted', 'made again, then repeated'],
  REMOTE_ID_INVALID: ["the row's remote id is not one of the solution's", 'failed'],
}
