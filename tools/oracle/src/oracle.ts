import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * The naive answer to what every solution should hold after a file of profile updates: read all of it, sort, last wins.
 * No machines, no order of arrival but where the rules ask for it, and nothing of the engine is imported: a misreading
 * must not hide in both. The rules are those of design §3.
 */
export interface OracleOptions {
  /** When the members are read, epoch milliseconds: what is valid until then or earlier has ended. */
  readonly endMs: number
  /** When the lines were accepted, epoch milliseconds: times more than a day ahead of it are refused. Default `endMs`. */
  readonly acceptedMs?: number
}

export interface OracleResult {
  /** Line numbers, from 1. */
  readonly accepted: readonly number[]
  readonly rejected: readonly { readonly line: number; readonly reason: string }[]
  /** What is tracked, consent or not. `exited` includes those that ended by themselves, `expired` counts only them. */
  readonly memberships: {
    readonly realized: number
    readonly exited: number
    readonly expired: number
  }
  /** Each solution's members by segment, as the report has them: sorted `namespace:id`. A segment without any is there too. */
  readonly members: Readonly<Record<OracleSolution, Readonly<Record<string, readonly string[]>>>>
  /** By profile key. */
  readonly profiles: ReadonlyMap<string, OracleProfile>
  /** Identities that two profiles claim: whom a solution gives them to is not defined, so a good file has none. */
  readonly shared: readonly string[]
}

export interface OracleProfile {
  readonly identities: readonly string[]
  readonly consented: boolean
  /** By segment, as in `members`. */
  readonly memberships: ReadonlyMap<string, 'realized' | 'exited' | 'expired'>
}

export type OracleSolution =
  | 'audience-manager'
  | 'analytics'
  | 'advertising-cloud'
  | 'campaign'
  | 'target'
  | 'marketo'

interface Statement {
  readonly line: number
  readonly exited: boolean
  readonly lastQualificationTimeMs: number
  readonly validUntilMs: number
}

interface Decision {
  readonly line: number
  readonly given: boolean
  /** Undefined: undated, so it counts from the moment it arrived. */
  readonly atMs: number | undefined
}

interface Gathered {
  readonly identities: string[]
  readonly statements: Map<string, Statement[]>
  readonly decisions: Decision[]
}

/** Replays a file. Empty lines are no lines of the stream and are neither accepted nor rejected. */
export async function replayFile(file: string, options: OracleOptions): Promise<OracleResult> {
  const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity })
  return finish(await gather(lines, options), options)
}

/** Replays lines that are in memory. */
export async function replayLines(
  lines: readonly string[],
  options: OracleOptions,
): Promise<OracleResult> {
  return finish(await gather(lines, options), options)
}

interface Read {
  readonly accepted: number[]
  readonly rejected: { line: number; reason: string }[]
  readonly profiles: Map<string, Gathered>
}

async function gather(
  lines: AsyncIterable<string> | Iterable<string>,
  options: OracleOptions,
): Promise<Read> {
  const latestMs = (options.acceptedMs ?? options.endMs) + 86_400_000
  const read: Read = { accepted: [], rejected: [], profiles: new Map() }
  let line = 0
  for await (const text of lines) {
    line += 1
    if (text.trim() === '') continue
    try {
      const update = readUpdate(text, latestMs)
      read.accepted.push(line)
      let profile = read.profiles.get(update.key)
      if (profile === undefined) {
        profile = { identities: [], statements: new Map(), decisions: [] }
        read.profiles.set(update.key, profile)
      }
      for (const identity of update.identities) {
        if (profile.identities.includes(identity)) continue
        // The first fifty that arrive.
        if (profile.identities.length < 50) profile.identities.push(identity)
      }
      for (const { segment, ...stated } of update.statements) {
        const list = profile.statements.get(segment) ?? []
        list.push({ line, ...stated })
        profile.statements.set(segment, list)
      }
      if (update.consent !== undefined) profile.decisions.push({ line, ...update.consent })
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      read.rejected.push({ line, reason: error.message })
    }
  }
  return read
}

/** Why a line is not taken. */
class Refused extends Error {}

interface Update {
  readonly key: string
  readonly identities: readonly string[]
  readonly statements: readonly (Omit<Statement, 'line'> & { readonly segment: string })[]
  readonly consent: Omit<Decision, 'line'> | undefined
}

function readUpdate(text: string, latestMs: number): Update {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Refused('not JSON')
  }
  const fields = objectOf(value, 'the line')
  const { key, identities } = readIdentities(objectOf(fields.get('identityMap'), 'identityMap'))

  const statements: Update['statements'][number][] = []
  if (fields.has('segmentMembership')) {
    for (const [namespace, inside] of objectOf(
      fields.get('segmentMembership'),
      'the memberships',
    )) {
      for (const [id, membership] of objectOf(inside, 'the memberships of a namespace')) {
        // As the report names segments: those of the Segmentation Service by their id alone.
        const segment = namespace === 'ups' ? id : `${namespace}:${id}`
        statements.push({
          segment,
          ...readMembership(objectOf(membership, 'a membership'), latestMs),
        })
      }
    }
  }
  let consent: Update['consent']
  if (fields.has('consents')) {
    const consents = objectOf(fields.get('consents'), 'consents')
    consent = readConsent(consents, latestMs)
  }
  return { key, identities, statements, consent }
}

function objectOf(value: unknown, what: string): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refused(`${what} is no object`)
  }
  const fields = new Map(Object.entries(value))
  if (fields.has('__proto__')) throw new Refused(`${what} has a key named __proto__`)
  return fields
}

/** The four that become a profile's key, in this order; all others come after them. */
const keyOrder = ['ECID', 'email_lc_sha256', 'IDFA', 'GAID']

function readIdentities(map: Map<string, unknown>): { key: string; identities: string[] } {
  const usable: { identity: string; rank: number; primary: boolean }[] = []
  for (const [code, items] of map) {
    if (!Array.isArray(items)) continue
    for (const item of items as unknown[]) {
      if (typeof item !== 'object' || item === null || Array.isArray(item)) continue
      const fields = objectOf(item, 'an identity')
      const id = fields.get('id')
      if (typeof id !== 'string') continue
      const identity = readIdentity(code, id)
      if (identity === undefined) continue
      const place = keyOrder.indexOf(identity.slice(0, identity.indexOf(':')))
      const rank = place === -1 ? keyOrder.length : place
      usable.push({ identity, rank, primary: fields.get('primary') === true })
    }
  }
  const marked = usable.filter(({ primary }) => primary)
  const [key] = (marked.length > 0 ? marked : usable).toSorted(
    (a, b) => a.rank - b.rank || (a.identity < b.identity ? -1 : 1),
  )
  if (key === undefined) throw new Refused('no usable identity')
  return { key: key.identity, identities: usable.map(({ identity }) => identity) }
}

function readIdentity(code: string, id: string): string | undefined {
  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
  const namespace = code.trim().toLowerCase()
  switch (namespace) {
    case 'ecid':
    case 'adobe marketing cloud id':
    case 'adobe experience cloud id':
    case 'adobe experience platform id':
      return /^[0-9]{38}$/.test(id) ? `ECID:${id}` : undefined
    case 'email_lc_sha256':
      return /^[0-9a-f]{64}$/i.test(id) ? `email_lc_sha256:${id.toLowerCase()}` : undefined
    case 'email': {
      const address = id.trim().toLowerCase()
      if (!/^[^\s]+@[^\s.]+\.[^\s]*[^\s.]$/.test(address)) return undefined
      return `email_lc_sha256:${createHash('sha256').update(address).digest('hex')}`
    }
    case 'gaid':
    case 'idfa': {
      if (!uuid.test(id) || /^[0-]+$/.test(id)) return undefined
      return namespace === 'gaid' ? `GAID:${id.toLowerCase()}` : `IDFA:${id.toUpperCase()}`
    }
    default: {
      const nobody = ['', 'null', 'anonymous', 'invalid'].includes(id.trim().toLowerCase())
      if (namespace === '' || namespace.includes(':') || nobody || id.length > 1_024)
        return undefined
      return `${namespace}:${id}`
    }
  }
}

function readMembership(fields: Map<string, unknown>, latestMs: number): Omit<Statement, 'line'> {
  const status = fields.has('status') ? fields.get('status') : 'realized'
  if (status !== 'realized' && status !== 'existing' && status !== 'exited') {
    throw new Refused('unknown status')
  }
  const lastQualificationTimeMs = readTime(fields.get('lastQualificationTime'))
  if (lastQualificationTimeMs === undefined) throw new Refused('no lastQualificationTime')
  if (lastQualificationTimeMs > latestMs) throw new Refused('lastQualificationTime is ahead')
  const validUntilMs = fields.has('validUntil') ? readTime(fields.get('validUntil')) : Infinity
  if (validUntilMs === undefined) throw new Refused('validUntil is no time')
  return { exited: status === 'exited', lastQualificationTimeMs, validUntilMs }
}

function readConsent(consents: Map<string, unknown>, latestMs: number): Update['consent'] {
  const share = consents.has('share') ? objectOf(consents.get('share'), 'share') : new Map()
  const metadata = consents.has('metadata')
    ? objectOf(consents.get('metadata'), 'metadata')
    : new Map<string, unknown>()
  let atMs: number | undefined
  if (metadata.has('time')) {
    atMs = readTime(metadata.get('time'))
    if (atMs === undefined) throw new Refused('the time of consent is no time')
    if (atMs > latestMs) throw new Refused('the time of consent is ahead')
  }
  const val: unknown = share.get('val')
  if (val === 'y' || val === 'dy') return { given: true, atMs }
  if (val === 'n' || val === 'dn') return { given: false, atMs }
  return undefined
}

/** Epoch milliseconds; undefined where it is no time with a zone, not in the calendar, or before 1970. */
function readTime(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined
  const parts =
    /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))$/i.exec(value)
  if (parts === null) return undefined
  const [, date = '', time = '', fraction = '', sign, zoneHours = '0', zoneMinutes = '0'] = parts
  const wholeMs = Date.parse(`${date}T${time}Z`)
  // A day or hour that does not exist is moved on by some parsers, and so reads back as another.
  if (Number.isNaN(wholeMs) || !new Date(wholeMs).toISOString().startsWith(`${date}T${time}`)) {
    return undefined
  }
  if (Number(zoneHours) > 23 || Number(zoneMinutes) > 59) return undefined
  const zoneMs = (Number(zoneHours) * 60 + Number(zoneMinutes)) * 60_000
  const ms =
    wholeMs + Number(fraction.padEnd(3, '0').slice(0, 3)) - (sign === '-' ? -zoneMs : zoneMs)
  return ms < 0 ? undefined : ms
}

function finish(read: Read, options: OracleOptions): OracleResult {
  const profiles = new Map<string, OracleProfile>()
  for (const [key, gathered] of read.profiles) {
    const memberships = new Map<string, 'realized' | 'exited' | 'expired'>()
    for (const [segment, statements] of gathered.statements) {
      const last = statements.toSorted(
        (a, b) =>
          a.lastQualificationTimeMs - b.lastQualificationTimeMs ||
          Number(a.exited) - Number(b.exited) ||
          a.line - b.line,
      )
      const newest = last.at(-1)
      if (newest === undefined) continue
      const over = newest.validUntilMs <= options.endMs
      memberships.set(segment, newest.exited ? 'exited' : over ? 'expired' : 'realized')
    }
    profiles.set(key, {
      identities: gathered.identities,
      consented: isConsented(gathered.decisions, options.acceptedMs ?? options.endMs),
      memberships,
    })
  }

  const states = [...profiles.values()].flatMap(({ memberships }) => [...memberships.values()])
  const count = (state: string): number => states.filter((each) => each === state).length
  const claimed = [...profiles.values()].flatMap(({ identities }) => identities)
  return {
    accepted: read.accepted,
    rejected: read.rejected,
    memberships: {
      realized: count('realized'),
      exited: count('exited') + count('expired'),
      expired: count('expired'),
    },
    members: {
      'audience-manager': membersBy(profiles, ['ECID', 'GAID', 'IDFA', 'email_lc_sha256']),
      analytics: membersBy(profiles, ['ECID']),
      'advertising-cloud': membersBy(profiles, ['ECID', 'GAID', 'IDFA', 'email_lc_sha256']),
      campaign: membersBy(profiles, ['email_lc_sha256']),
      target: membersBy(profiles, ['ECID', 'email_lc_sha256']),
      // The people whom Marketo knows are made from the file: each has an address, an ECID, or both.
      marketo: membersBy(profiles, ['ECID', 'email_lc_sha256']),
    },
    profiles,
    shared: claimed.length === new Set(claimed).size ? [] : repeated(claimed),
  }
}

/** By the time of the decision; an undated one counts from when it arrived. At the same time, a withdrawal wins. */
function isConsented(decisions: readonly Decision[], acceptedMs: number): boolean {
  const ordered = decisions.toSorted((a, b) => {
    const apart = (a.atMs ?? acceptedMs) - (b.atMs ?? acceptedMs)
    if (apart !== 0) return apart
    if (a.atMs === undefined || b.atMs === undefined) return a.line - b.line
    return Number(b.given) - Number(a.given)
  })
  return ordered.at(-1)?.given ?? true
}

function membersBy(
  profiles: ReadonlyMap<string, OracleProfile>,
  namespaces: readonly string[],
): Record<string, string[]> {
  const members: Record<string, string[]> = {}
  for (const { identities, consented, memberships } of profiles.values()) {
    const known = identities.filter((each) => namespaces.includes(each.slice(0, each.indexOf(':'))))
    for (const [segment, state] of memberships) {
      const list = (members[segment] ??= [])
      if (consented && state === 'realized') list.push(...known)
    }
  }
  for (const list of Object.values(members)) list.sort()
  return members
}

function repeated(identities: readonly string[]): string[] {
  const seen = new Set<string>()
  const twice = new Set<string>()
  for (const identity of identities) {
    if (seen.has(identity)) twice.add(identity)
    seen.add(identity)
  }
  return [...twice].toSorted()
}
