/**
 * What a profile is, as its updates say it, in the plainest way: read all of them, sort, the last wins. Nothing of the engine is
 * imported: a misreading must not hide in both. The rules are those of design §3 and §4.
 */
export interface NaiveProfile {
  /** It is being erased: out of everything. */
  readonly isErasing: boolean
  readonly isConsented: boolean
  /** The key first, then in the order in which they came. */
  readonly identities: readonly string[]
  /** Segment → the statement that counts. */
  readonly memberships: ReadonlyMap<string, Statement>
}

export interface Statement {
  readonly isExited: boolean
  readonly qualifiedMs: number
  /** Infinity: for ever. */
  readonly untilMs: number
}

/** An update as a client sends it (`reference/platform.md` §2.1), as far as it is simulated. */
export interface RawUpdate {
  readonly identityMap: Readonly<
    Record<string, readonly { readonly id: string; readonly primary?: boolean }[]>
  >
  readonly segmentMembership?: {
    readonly ups: Readonly<
      Record<
        string,
        {
          readonly status: 'realized' | 'existing' | 'exited'
          readonly lastQualificationTime: string
          readonly validUntil?: string
        }
      >
    >
  }
  readonly consents?: {
    readonly share: { readonly val: 'y' | 'n' }
    readonly metadata?: { readonly time: string }
  }
}

/** Something in the log that concerns one profile. */
export type LogItem = {
  readonly profileKey: string
  /** Time of the log's entry. */
  readonly ms: number
} & (
  | { readonly kind: 'update'; readonly update: RawUpdate }
  | { readonly kind: 'erase' | 'acknowledged' | 'due' }
)

/** @param items of this profile alone, in the order of the log */
export function naiveProfile(profileKey: string, items: readonly LogItem[]): NaiveProfile {
  let erasedMs = 0
  let since: LogItem[] = []
  let isErasing = false
  for (const item of items) {
    if (item.kind === 'erase' && !isErasing) {
      isErasing = true
      erasedMs = item.ms
      since = []
    } else if (item.kind === 'acknowledged' && isErasing) {
      isErasing = false
      since = []
    } else if (item.kind === 'update' && !isErasing) {
      const left = erasedMs === 0 ? item.update : younger(item.update, erasedMs, since.length === 0)
      if (left !== undefined) since.push({ ...item, update: left })
    }
  }
  const updates = since.flatMap((item) => (item.kind === 'update' ? [item] : []))
  return {
    isErasing,
    isConsented: consented(updates),
    identities: [...new Set([profileKey, ...updates.flatMap(({ update }) => named(update))])],
    memberships: memberships(updates),
  }
}

type UpdateItem = Extract<LogItem, { readonly kind: 'update' }>

/** What is left of an update that an erasure has overtaken; undefined: nothing. */
function younger(update: RawUpdate, erasedMs: number, isNew: boolean): RawUpdate | undefined {
  const told = Object.entries(update.segmentMembership?.ups ?? {})
  const ups = Object.fromEntries(
    told.filter(([, { lastQualificationTime }]) => Date.parse(lastQualificationTime) > erasedMs),
  )
  const decidedMs = Date.parse(update.consents?.metadata?.time ?? '')
  const isDecisionOld = decidedMs <= erasedMs
  const { consents: decision, ...rest } = update
  const consents = isDecisionOld ? undefined : decision
  if (Object.keys(ups).length === 0 && consents === undefined) {
    const saidNothing = told.length === 0 && decision === undefined
    if (!saidNothing || isNew) return undefined
  }
  return {
    ...rest,
    segmentMembership: { ups },
    ...(consents === undefined ? {} : { consents }),
  }
}

/** `namespace:id` of each, as the solutions take them. */
export function named({ identityMap }: RawUpdate): string[] {
  return Object.entries(identityMap).flatMap(([namespace, ids]) =>
    ids.map(({ id }) => `${namespace}:${id}`),
  )
}

function consented(updates: readonly UpdateItem[]): boolean {
  let given = true
  let decidedMs = 0
  for (const { update, ms } of updates) {
    if (update.consents === undefined) continue
    const gives = update.consents.share.val === 'y'
    const time = update.consents.metadata?.time
    const atMs = time === undefined ? ms : Date.parse(time)
    if (time !== undefined && (atMs < decidedMs || (atMs === decidedMs && gives))) continue
    given = gives
    decidedMs = atMs
  }
  return given
}

function memberships(updates: readonly UpdateItem[]): Map<string, Statement> {
  const newest = new Map<string, Statement>()
  for (const { update } of updates) {
    for (const [id, told] of Object.entries(update.segmentMembership?.ups ?? {})) {
      const segment = `ups:${id}`
      const next: Statement = {
        isExited: told.status === 'exited',
        qualifiedMs: Date.parse(told.lastQualificationTime),
        untilMs: told.validUntil === undefined ? Infinity : Date.parse(told.validUntil),
      }
      const known = newest.get(segment)
      const wins =
        known === undefined ||
        next.qualifiedMs > known.qualifiedMs ||
        (next.qualifiedMs === known.qualifiedMs && (next.isExited || !known.isExited))
      if (wins) newest.set(segment, next)
    }
  }
  return newest
}
