import type { SolutionCodes } from './solution-codes.ts'

/** Codes that the adapter of target may put into the books, or names as its trouble: as its README says them. */
export const targetCodes: SolutionCodes = {
  BATCH_REFUSED: ['the batch was not taken', 'the rows go again'],
  BATCH_INVALID: ['the adapter made a call that Target cannot read', 'failed'],
  PROFILE_TOKEN_REFUSED: [
    'authentication is on, or the token is over',
    'look at `profileAuthentication` or `profileToken`',
  ],
  PROFILE_TOKEN_CONTENDED: [
    'generated tokens were made invalid again and again',
    'look at `profileAuthentication`',
  ],
  CLIENT_UNKNOWN: ['no such client code', 'look at `clientCode`'],
  CALL_TOO_LARGE: ['one profile alone is over the size', 'failed'],
  DELIVERY_INVALID: ['Target does not take the call', 'failed'],
  RATE_LIMIT: ['too many calls', 'the solution waits'],
  TARGET_FAILED: ['an error inside Target', 'the rows go again'],
  GATEWAY_FAILED: ['gateway or time-out; for A also a wrong address', 'the rows go again'],
  TARGET_UNAVAILABLE: ['temporarily unavailable', 'the solution waits'],
  AUDIENCE_INVALID: ['Target does not take the audience', 'failed'],
  WORKSPACE_REFUSED: ['it does not take it in that workspace', 'look at `workspace`'],
  ACCESS_TOKEN_INVALID: [
    'the access token is over',
    'one repeat with a new token, then look at `clientId`',
  ],
  ACCESS_TOKEN_MISSING: ['no token arrived', 'look at `clientId`'],
  ACCESS_DENIED: [
    'no role in the workspace, or no Target behind the credential',
    'look at `clientId`',
  ],
  NOT_FOUND: ['no such tenant', 'look at `tenant`'],
  SEGMENT_GONE: ['somebody deleted it', 'removed, or made again'],
  METHOD_REFUSED: ['the adapter made a call that Target cannot read', 'failed'],
  MEDIA_TYPE_REFUSED: ['likewise', 'failed'],
  PROXY_REFUSED: ['a proxy asks for credentials', 'look at `adminUrl`'],
  AUDIENCE_CONFLICT: ['another audience is in the way', 'tried again'],
  AUDIENCE_IN_USE: ['an activity uses the audience', 'tried again every 10 minutes: detach it'],
  AUDIENCE_NAME_TAKEN: ['both names belong to other audiences', 'look at `audienceNamePrefix`'],
  AUDIENCES_TOO_MANY: ['more than 200 pages of audiences', 'delete unused ones'],
  STATE_MISSING: ["a row without the profile's whole state", 'failed: a fault of the engine'],
  PROFILE_TOO_LARGE: ['memberships alone are over 64 KB', 'failed'],
  IDENTITY_NOT_TAKEN: ['no identity in a form that Target takes', 'excluded'],
  BATCH_STUCK: ['Target gave up on the batch', 'its rows go again'],
  BATCH_UPDATES_FAILED: [
    'some profiles were not updated; only their number is known',
    'its rows go again',
  ],
  BATCH_UPDATES_LOST: ['some were lost without failing', 'its rows go again'],
  BATCH_UNKNOWN: ['Target does not know the batch any more', 'its rows go again'],
  FOLLOW_INVALID: ['a receipt of another kind', 'its rows go again'],
}
