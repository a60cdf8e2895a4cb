import {
  segmentGone,
  type Aggregation,
  type Delivery,
  type FollowReceipt,
  type Receipt,
  type SegmentReceipt,
  type Solution,
} from '@segue/solution-kit'

/** What the solution does with a call: apply it, or not, and what it answers for each row. */
export interface Behaviour {
  readonly applies: boolean
  readonly answer: Receipt
}

const delivered: Behaviour = {
  applies: true,
  answer: { status: 'delivered', applied: true, requestId: 'request-1' },
}

export const refused: Behaviour = {
  applies: false,
  answer: { status: 'retry', code: 'BUSY', afterMs: 10, scope: 'row', inDoubt: false },
}

/** The request was applied, but its answer was lost. */
export const answerLost: Behaviour = {
  applies: true,
  answer: { status: 'retry', code: 'TIMED_OUT', afterMs: 10, scope: 'row', inDoubt: true },
}

/** It was accepted, and is to be asked about. */
export const accepted: Behaviour = {
  applies: true,
  answer: { status: 'delivered', applied: false, follow: 'batch-1' },
}

/** It was accepted, and lost afterwards. */
export const acceptedAndLost: Behaviour = { ...accepted, applies: false }

/** A solution that behaves as a script says, row by row, and keeps what it holds. */
export interface ScriptedSolution {
  readonly solution: Solution
  /** Every call, row by row. */
  readonly calls: (readonly Delivery[])[]
  readonly expressCalls: (readonly Delivery[])[]
  /** Segment → identities that the solution holds. */
  readonly members: Map<string, Set<string>>
  /** Most sends of one profile and segment that were under way at once. */
  mostAtOnce: number
  /** Decides on each row; delivers where it answers undefined. */
  behave: (row: Delivery) => Behaviour | undefined
  /** What `follow` answers. */
  followed: FollowReceipt
  readonly follows: string[]
  /** Segment → name of its counterpart. */
  readonly counterparts: Map<string, string>
  /** Segment → labels of its counterpart, as they were last told; empty without `labels`. */
  readonly labels: Map<string, readonly string[]>
  /** What `labelSegment` answers instead. */
  labelling: SegmentReceipt | undefined
  /** What was asked of counterparts, and rows that came, in order: `make ups:a`, `row ups:a`. */
  readonly order: string[]
  /** Awaited by each call before it answers. */
  gate: Promise<void>
}

export function scriptedSolution(
  options: {
    readonly aggregation?: Aggregation
    readonly express?: boolean
    readonly takes?: Solution['takes']
    readonly refreshAfterMs?: number
    /** It can hold labels. */
    readonly labels?: boolean
  } = {},
): ScriptedSolution {
  let made = 0
  const underWay = new Map<string, number>()
  const scripted: ScriptedSolution = {
    calls: [],
    expressCalls: [],
    members: new Map(),
    mostAtOnce: 0,
    behave: () => undefined,
    gate: Promise.resolve(),
    followed: { status: 'applied' },
    follows: [],
    counterparts: new Map(),
    labels: new Map(),
    labelling: undefined,
    order: [],
    solution: {
      name: 'scripted',
      namespaces: ['ECID', 'email_lc_sha256'],
      aggregation: options.aggregation ?? {
        aggregationType: 'BEST_EFFORT',
        maxUsersPerRequest: 50,
      },
      takes: options.takes ?? 'changes',
      ...(options.refreshAfterMs === undefined ? {} : { refreshAfterMs: options.refreshAfterMs }),
      readiness: [{ what: 'memberships', withinMs: 1_000 }],
      poolBy: 'segment-status',
      maxConcurrentCalls: 3,
      ensureSegment: (segment, displayName) => {
        made += 1
        scripted.counterparts.set(segment, displayName)
        scripted.order.push(`make ${segment}`)
        const objects = [{ kind: 'list', name: displayName, id: `${made}` }]
        return Promise.resolve({ status: 'ready', remoteId: `${made}`, objects })
      },
      ...(options.labels === true
        ? {
            labelSegment: (segment: string, remoteId: string, labels: readonly string[]) => {
              scripted.order.push(`label ${segment}`)
              if (scripted.labelling !== undefined) return Promise.resolve(scripted.labelling)
              scripted.labels.set(segment, labels)
              return Promise.resolve({ status: 'ready' as const, remoteId })
            },
          }
        : {}),
      renameSegment: (segment, remoteId, displayName) => {
        if (!scripted.counterparts.has(segment)) {
          return Promise.resolve({
            status: 'retry',
            code: segmentGone,
            afterMs: 0,
            scope: 'row',
            inDoubt: false,
          })
        }
        scripted.counterparts.set(segment, displayName)
        return Promise.resolve({ status: 'ready', remoteId })
      },
      removeSegment: (segment) => {
        scripted.counterparts.delete(segment)
        scripted.members.delete(segment)
        return Promise.resolve({ status: 'removed' })
      },
      follow: (follow) => {
        scripted.follows.push(follow)
        return Promise.resolve(scripted.followed)
      },
      deliver: (rows) => {
        scripted.calls.push(rows)
        return receive(rows)
      },
      ...(options.express === true
        ? {
            express: (rows: readonly Delivery[]) => {
              scripted.expressCalls.push(rows)
              return receive(rows)
            },
          }
        : {}),
      close: () => Promise.resolve(),
    },
  }
  const receive = async (rows: readonly Delivery[]): Promise<readonly Receipt[]> => {
    for (const row of rows) {
      scripted.order.push(`row ${row.segment}`)
      const key = `${row.segment} ${row.identities[0]}`
      underWay.set(key, (underWay.get(key) ?? 0) + 1)
      scripted.mostAtOnce = Math.max(scripted.mostAtOnce, underWay.get(key) ?? 0)
    }
    await scripted.gate
    const receipts = rows.map((row) => {
      const behaviour = scripted.behave(row) ?? delivered
      if (behaviour.applies) apply(scripted.members, row)
      return behaviour.answer
    })
    for (const row of rows) {
      const key = `${row.segment} ${row.identities[0]}`
      underWay.set(key, (underWay.get(key) ?? 0) - 1)
    }
    return receipts
  }
  return scripted
}

function apply(members: Map<string, Set<string>>, row: Delivery): void {
  if (row.state !== undefined) {
    // Like Target's batches: what is sent replaces all that was known of the profile.
    for (const held of members.values()) for (const one of row.identities) held.delete(one)
    for (const { segment, status } of row.state) {
      if (status === 'realized') addTo(members, segment, row.identities)
    }
    return
  }
  if (row.status === 'realized') addTo(members, row.segment, row.identities)
  else for (const identity of row.identities) members.get(row.segment)?.delete(identity)
}

function addTo(
  members: Map<string, Set<string>>,
  segment: string,
  identities: readonly string[],
): void {
  const held = members.get(segment) ?? new Set()
  members.set(segment, held)
  for (const identity of identities) held.add(identity)
}
