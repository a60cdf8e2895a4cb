import { parseObject } from '../json/json.ts'

/** One membership of one identity, as a line of the proposed contract says it (reference §3.3 [I]). */
export interface MembershipLine {
  readonly key: string
  /** `namespace:id`. */
  readonly identity: string
  /** Unix seconds; a fraction is taken too. */
  readonly ts: number
  readonly join: boolean
}

/** Why a line is left out. */
export type LineProblem =
  | 'NOT_JSON'
  | 'UNKNOWN_SOURCE_KEY'
  | 'KEY_NOT_OF_SOURCE'
  | 'BAD_ACTION'
  | 'BAD_TS'
  | 'IDENTITY_COUNT'
  | 'BAD_IDENTITY'

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const noDevice = '00000000-0000-0000-0000-000000000000'

/** Identities by their field, with the namespace that they are of and their form (reference §0.3). */
const identities: Readonly<Record<string, readonly [namespace: string, form: RegExp]>> = {
  hashed_email: ['email_lc_sha256', /^[0-9a-f]{64}$/],
  ecid: ['ECID', /^\d{38}$/],
  gaid: ['GAID', new RegExp(`^${uuid}$`)],
  idfa: ['IDFA', new RegExp(`^${uuid.replaceAll('a-f', 'A-F')}$`)],
}

/** Milliseconds since 1970 are beyond this, seconds are not before the year 5138. */
const latestTs = 100_000_000_000

/** Reads one line. Fields that are not of the contract are ignored [I]. */
export function parseMembershipLine(text: string, sourceKey: string): MembershipLine | LineProblem {
  const line = parseObject(text)
  if (line === undefined) return 'NOT_JSON'
  if (line['source_key'] !== sourceKey) return 'UNKNOWN_SOURCE_KEY'
  const { external_segment_key: key, action, ts } = line
  if (typeof key !== 'string' || !isKeyOf(key, sourceKey)) return 'KEY_NOT_OF_SOURCE'
  if (action !== 'join' && action !== 'leave') return 'BAD_ACTION'
  if (typeof ts !== 'number' || ts <= 0 || ts >= latestTs) return 'BAD_TS'
  const given = Object.keys(identities).filter((field) => line[field] !== undefined)
  const [field = ''] = given
  if (given.length !== 1) return 'IDENTITY_COUNT'
  const [namespace = '', form = /$^/] = identities[field] ?? []
  const id = line[field]
  if (typeof id !== 'string' || !form.test(id) || id === noDevice) return 'BAD_IDENTITY'
  return { key, identity: `${namespace}:${id}`, ts, join: action === 'join' }
}

/** External segment keys are `<source key>_<segment>` (reference §3.2). */
export function isKeyOf(key: string, sourceKey: string): boolean {
  return key.startsWith(`${sourceKey}_`) && key.length > sourceKey.length + 1
}
