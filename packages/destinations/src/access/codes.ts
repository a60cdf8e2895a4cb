/** Codes of this folder's refusals. */
export const accessCodes = {
  RIGHTS_EXCEEDED: {
    status: 403,
    meaning: 'A role or token would be given, changed or taken away that allows more than yours.',
    remedy:
      'See `lacking`. Somebody who has these permissions in these sandboxes may do it, an administrator in any case.',
  },
  ROLE_UNKNOWN: {
    status: 404,
    meaning: 'There is no role of this name.',
    remedy: 'See `GET /v1/roles`; names are told apart by case, and percent-encoded in addresses.',
  },
  ROLE_EXISTS: {
    status: 409,
    meaning: 'There is a role of this name already; case makes no difference.',
    remedy: 'Change that one, or choose another name.',
  },
  ROLE_BUILT_IN: {
    status: 409,
    meaning: 'A built-in role can be neither changed nor deleted.',
    remedy: 'Create a role of your own.',
  },
  ROLE_IN_USE: {
    status: 409,
    meaning: 'Tokens have the role.',
    remedy: 'Revoke them first: `GET /v1/tokens` tells which.',
  },
  ROLE_LIMIT: {
    status: 409,
    meaning: 'The organisation has as many roles as it may.',
    remedy: 'Delete one that no token has.',
  },
  TOKEN_UNKNOWN: {
    status: 404,
    meaning: 'There is no token of this id: it was revoked or has expired.',
    remedy: 'See `GET /v1/tokens`.',
  },
  TOKEN_ROLES_UNKNOWN: {
    status: 400,
    meaning: 'The token is to have a role that does not exist.',
    remedy: 'See `roles` in the answer, and `GET /v1/roles`.',
  },
  TOKEN_EXPIRY_PAST: {
    status: 400,
    meaning: 'The token would have expired already.',
    remedy: 'Give a time that is to come, or none.',
  },
  TOKEN_LIMIT: {
    status: 409,
    meaning: 'There are as many tokens and browser sessions as there may be.',
    remedy: 'Revoke tokens that are not used; sessions end by themselves.',
  },
  LAST_ADMINISTRATOR: {
    status: 409,
    meaning: 'No other token of an administrator would be left that lasts as long.',
    remedy: 'Issue another one with the role `administrator` first.',
  },
} as const
