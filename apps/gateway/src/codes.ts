import { destinationCodes } from '@segue/destinations'

/**
 * Why a request was refused. The codes are stable: senders may branch on them; README's table is made from this one.
 * Codes of single updates and of warnings are the model's (`rejectionCodes`, `warningCodes`); beside those stands
 * `MALFORMED_JSON`, for a line that is not JSON.
 */
export const ownCodes = {
  TOKEN_MISSING: {
    status: 401,
    meaning: 'The request carries no token.',
    remedy: 'Send `Authorization: Bearer <token>`, or sign in at `/login` in a browser.',
  },
  TOKEN_INVALID: {
    status: 401,
    meaning: 'The token is not known, was revoked or has expired.',
    remedy:
      'Use a token that was issued for this Redis, or by the issuer in `SEGUE_OIDC_ISSUER`; the detail tells why.',
  },
  TOO_MANY_FAILURES: {
    status: 429,
    meaning: 'Too many tokens that came from this address within a minute were not valid.',
    remedy:
      'Correct the token and send it again after `Retry-After` seconds. Tokens in use are not held back.',
  },
  ISSUER_UNAVAILABLE: {
    status: 503,
    meaning: "The token's issuer cannot be asked for its keys, so the token cannot be checked.",
    remedy: 'Send it again after `Retry-After` seconds. Lasting: check `SEGUE_OIDC_ISSUER`.',
  },
  ORGANISATION_OTHER: {
    status: 403,
    meaning: '`x-gw-ims-org-id` names another organisation than the one served here.',
    remedy: 'Correct the header or leave it out; `GET /v1/me` tells the id.',
  },
  PERMISSION_MISSING: {
    status: 403,
    meaning:
      'The token does not allow this in the sandbox of the request; `permissions` names all that is missing.',
    remedy: 'Use a token whose roles have these permissions in this sandbox.',
  },
  CSRF_REFUSED: {
    status: 403,
    meaning: 'A change by browser session did not come from a page of this gateway.',
    remedy: 'Reload the page and try again; programs send a bearer token instead.',
  },
  SANDBOX_UNKNOWN: {
    status: 400,
    meaning: 'This gateway does not serve the sandbox in `x-sandbox-name` (default `prod`).',
    remedy: 'Correct the header, or add the sandbox to `SEGUE_SANDBOXES`.',
  },
  REQUEST_INVALID: {
    status: 400,
    meaning: 'The address, a parameter or the body is not as documented.',
    remedy: 'Read the detail; `/docs` describes every route.',
  },
  BODY_EMPTY: {
    status: 400,
    meaning: 'The body holds nothing.',
    remedy: 'Send at least one update; an empty list is `[]`.',
  },
  BODY_UNREADABLE: {
    status: 400,
    meaning: 'The body ended early, or could not be decompressed.',
    remedy: 'Check `Content-Encoding` and `Content-Length`.',
  },
  MALFORMED_JSON: {
    status: 400,
    meaning: 'The body is not JSON in UTF-8. For one line of NDJSON: that line is rejected alone.',
    remedy: 'Correct it. One update a line is `application/x-ndjson`.',
  },
  MALFORMED_MSGPACK: {
    status: 400,
    meaning: 'The body is not one msgpack value.',
    remedy: 'Send one map, or one array of maps.',
  },
  IDENTITY_INVALID: {
    status: 400,
    meaning: 'The address names no valid identity; the detail holds the code of what is wrong.',
    remedy: 'Use `/v1/profiles/{namespace}/{id}` with the profile key, percent-encoded.',
  },
  PROFILE_UNKNOWN: {
    status: 404,
    meaning: 'No profile has this key.',
    remedy: 'Look it up by its profile key: the primary identity, or the first by priority.',
  },
  DATAFLOW_UNKNOWN: {
    status: 404,
    meaning: 'The sandbox has no dataflow of this id.',
    remedy: 'See `GET /v1/dataflows`.',
  },
  SET_ASIDE_UNKNOWN: {
    status: 404,
    meaning: 'Nothing is set aside at this place of the partition; somebody may have been quicker.',
    remedy: 'See `GET /v1/set-aside`.',
  },
  SET_ASIDE_UNREADABLE: {
    status: 409,
    meaning: 'What was set aside cannot be read by this release either, so it is not stepped.',
    remedy: 'Start a release that reads it, or discard it.',
  },
  ROUTE_UNKNOWN: {
    status: 404,
    meaning: 'There is nothing at this address for this method.',
    remedy: 'See `/docs`.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    meaning: 'The body is over the size limit, as sent or decompressed.',
    remedy: 'Send smaller bodies; the detail names the limit.',
  },
  TOO_MANY_UPDATES: {
    status: 413,
    meaning: 'The body holds more updates than one request may.',
    remedy: 'Split it; the detail names the limit.',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    status: 415,
    meaning: '`Content-Type` is missing or is none of those that are read.',
    remedy: 'Send `application/json`, `application/x-ndjson` or `application/msgpack`.',
  },
  ENCODING_UNSUPPORTED: {
    status: 415,
    meaning: '`Content-Encoding` is none of those that are read.',
    remedy: 'Send `gzip`, `zstd` or nothing.',
  },
  LOG_FULL: {
    status: 429,
    meaning:
      'Updates come faster than they are stepped: a partition of the log is over its bound. Part of the body may be in the log.',
    remedy:
      'Send all of it again after `Retry-After` seconds; updates are idempotent. Lasting: add processors.',
  },
  TOO_MANY_IN_FLIGHT: {
    status: 429,
    meaning: 'This gateway holds as many unanswered requests or bytes as it may.',
    remedy: 'Send it again after `Retry-After` seconds, with fewer requests at once.',
  },
  OUTBOX_FULL: {
    status: 503,
    meaning: 'Changes wait to be activated beyond their bound. Part of the body may be in the log.',
    remedy:
      'Send all of it again after `Retry-After` seconds. Lasting: look at the queues; a solution or the processor is down.',
  },
  REDIS_FULL: {
    status: 503,
    meaning: 'Redis uses more of its memory than updates may fill; nothing of the body was taken.',
    remedy:
      'Send it again after `Retry-After` seconds. Lasting: look at what waits in `GET /v1/status`, or give Redis more memory.',
  },
  REDIS_UNAVAILABLE: {
    status: 503,
    meaning: 'Redis is away or refuses the command. Part of a body with updates may be in the log.',
    remedy: 'Send all of it again after `Retry-After` seconds; updates are idempotent.',
  },
  NOT_REPLICATED: {
    status: 503,
    meaning:
      'Fewer replicas than `SEGUE_REPLICAS_TO_WAIT_FOR` confirmed in time. The updates are in the log, and may or may not outlive a failover.',
    remedy: 'Send all of it again after `Retry-After` seconds; updates are idempotent.',
  },
  DEADLINE_EXCEEDED: {
    status: 503,
    meaning: 'There was no answer in time. Part or all of a body with updates may be in the log.',
    remedy: 'Send all of it again after `Retry-After` seconds; updates are idempotent.',
  },
  STOPPING: {
    status: 503,
    meaning: 'This gateway is shutting down.',
    remedy: 'Send it to another one, or again after `Retry-After` seconds.',
  },
  HTTP_INVALID: {
    status: 400,
    meaning: 'What came is not HTTP, its head is too large, or it took too long to come.',
    remedy: 'Check the client and what stands between.',
  },
  INTERNAL: {
    status: 500,
    meaning: 'The gateway failed; its log tells why, by the request id of the answer.',
    remedy: 'Report it with the request id.',
  },
} as const

/** Every code of an answer: this gateway's own, and those of the destination service (docs/codes.md). */
export const gatewayCodes: typeof ownCodes & typeof destinationCodes = {
  ...destinationCodes,
  ...ownCodes,
}

export type GatewayCode = keyof typeof gatewayCodes

/** The table as README shows it. */
export function gatewayCodesMarkdown(): string {
  const rows = Object.entries(ownCodes).map(
    ([code, { status, meaning, remedy }]) => `| \`${code}\` | ${status} | ${meaning} | ${remedy} |`,
  )
  return ['| code | status | meaning | what to do |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  )
}
