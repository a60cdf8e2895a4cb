/** Codes of connections. */
export const connectCodes = {
  CONNECTION_SPEC_UNKNOWN: {
    status: 404,
    meaning: 'The catalog has no connection spec of this id.',
    remedy: 'See `GET /data/foundation/flowservice/connectionSpecs`.',
  },
  CONNECTION_UNKNOWN: {
    status: 404,
    meaning: 'The sandbox has no connection of this kind and id.',
    remedy: 'List them; `x-sandbox-name` says of which sandbox.',
  },
  CONNECTION_INVALID: {
    status: 400,
    meaning: 'The connection is not as documented, or refers to what is not there.',
    remedy: 'See `errors`: each has a JSON pointer and says what is wrong there.',
  },
  CONNECTION_IN_USE: {
    status: 409,
    meaning: 'Something else needs the connection; `usedBy` names it.',
    remedy: 'Delete that first.',
  },
  CONNECTION_LIMIT: {
    status: 409,
    meaning:
      'The organisation has as many connections to Experience Cloud Audiences as it may, over all its sandboxes.',
    remedy:
      'Use the one that is there (`existing` names it and its sandbox), delete it, or raise `settings.maxConnectionsPerOrg` of `/v1/organisation`.',
  },
  SANDBOX_CONNECTION_LIMIT: {
    status: 409,
    meaning: 'The sandbox has as many connections of this kind as it may.',
    remedy: 'Delete one that is not used.',
  },
  SOLUTIONS_APPEND_ONLY: {
    status: 409,
    meaning: 'The change would remove or reorder the solutions of a connection that a flow uses.',
    remedy:
      'Keep those that are there, in order, and add new ones at the end. To stop sharing with one, take it out of `solutions` of the flow’s selectors.',
  },
  FIELD_READ_ONLY: {
    status: 400,
    meaning: 'The change concerns a field that cannot be changed.',
    remedy: 'See `errors` for the fields. States of flows change by `/action`.',
  },
} as const
