import type { Identity } from '@segue/model'

/** The namespaces that Advertising takes (`reference/solutions.md` §3.1; the cookie that belongs to an ECID is Adobe's own business). */
export const identityNamespaces = ['email_lc_sha256', 'ECID', 'GAID', 'IDFA'] as const

export type IdentityNamespace = (typeof identityNamespaces)[number]

/** How an identity stands in a line: exactly one of these fields a line (§3.3, proposed). */
export interface IdentityField {
  readonly field: 'hashed_email' | 'ecid' | 'gaid' | 'idfa'
  readonly value: string
}

const forms: Readonly<
  Record<IdentityNamespace, { readonly field: IdentityField['field']; readonly pattern: RegExp }>
> = {
  email_lc_sha256: { field: 'hashed_email', pattern: /^[0-9a-f]{64}$/ },
  ECID: { field: 'ecid', pattern: /^\d{38}$/ },
  // Lower case here, upper case there (§0.3): nothing is re-cased, as the same id in another case is another id.
  GAID: { field: 'gaid', pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/ },
  IDFA: { field: 'idfa', pattern: /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/ },
}

const zeroDevice = '00000000-0000-0000-0000-000000000000'

/**
 * The field of an identity. `not-taken`: of a namespace that is not sent, or the all-zero id of a device that opted out; `malformed`: of
 * one that is sent, in another form than §0.3 has it.
 */
export function identityField(
  identity: Identity,
  taken: readonly IdentityNamespace[],
): IdentityField | 'not-taken' | 'malformed' {
  const colon = identity.indexOf(':')
  const namespace = taken.find((one) => one === identity.slice(0, colon))
  const value = identity.slice(colon + 1)
  if (namespace === undefined || value === zeroDevice) return 'not-taken'
  const { field, pattern } = forms[namespace]
  return pattern.test(value) ? { field, value } : 'malformed'
}
