import type { Identity } from '@segue/model'
import type { DataSources } from './settings.ts'

/** An identity as Audience Manager knows it: its data source's number and the id in it. */
export interface DeclaredId {
  readonly namespace: 'ECID' | 'GAID' | 'IDFA' | 'email_lc_sha256'
  readonly dataSourceId: number
  readonly id: string
}

interface Form {
  readonly pattern: RegExp
  readonly source: Exclude<keyof DataSources, 'traitOwner'>
}

/** Upper-case IDFA, lower-case GAID: the wrong case is refused there (code 312), so nothing is re-cased here. */
const forms: Readonly<Record<DeclaredId['namespace'], Form>> = {
  ECID: { pattern: /^\d{38}$/, source: 'ecid' },
  GAID: { pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, source: 'gaid' },
  IDFA: { pattern: /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/, source: 'idfa' },
  email_lc_sha256: { pattern: /^[0-9a-f]{64}$/, source: 'email' },
}

const zeroDevice = '00000000-0000-0000-0000-000000000000'

/** The namespaces that Audience Manager takes (`reference/solutions.md` §0.1, §1.2). */
export const namespaces: readonly string[] = Object.keys(forms)

/**
 * The declared id of an identity; undefined where it is of another namespace, malformed, or the all-zero id of a device that opted out. The patterns
 * also keep out what would break a file or a query: tabs, colons, blanks.
 */
export function declaredId(identity: Identity, dataSources: DataSources): DeclaredId | undefined {
  const colon = identity.indexOf(':')
  const namespace = identity.slice(0, colon)
  const id = identity.slice(colon + 1)
  if (!isNamespace(namespace) || id === zeroDevice) return undefined
  const { pattern, source } = forms[namespace]
  return pattern.test(id) ? { namespace, dataSourceId: dataSources[source], id } : undefined
}

/** Every usable declared id of a row, each once. */
export function declaredIds(
  identities: readonly Identity[],
  dataSources: DataSources,
): readonly DeclaredId[] {
  return [...new Set(identities)].flatMap((identity) => declaredId(identity, dataSources) ?? [])
}

/** The setting of the only data source that these ids need a number of, or of all of them. The ECID is sent without one in real time. */
export function sourceSetting(ids: readonly DeclaredId[]): string {
  const names = new Set(ids.map(({ namespace }) => forms[namespace].source))
  names.delete('ecid')
  const [name] = names
  return names.size === 1 ? `dataSources.${name}` : 'dataSources'
}

function isNamespace(text: string): text is DeclaredId['namespace'] {
  return Object.hasOwn(forms, text)
}
