import {
  segmentGone,
  type Aggregation,
  type Delivery,
  type FollowReceipt,
  type Receipt,
  type RemovalReceipt,
  type SegmentReceipt,
  type Solution,
} from '@segue/solution-kit'
import type { Host } from '../net/host.ts'
import type { Chance } from '../time/chance.ts'
import type { Time } from '../time/time.ts'

/** What a solution is like. */
export interface SolutionKind {
  readonly name: string
  readonly namespaces: readonly string[]
  readonly takes: Solution['takes']
  readonly aggregation: Aggregation
  readonly express: boolean
  /** It accepts, applies later in the order in which it accepted, and can be asked. */
  readonly appliesLater: boolean
  /** Identities of people whom it refuses to know. */
  readonly refuses: (identity: string) => boolean
}

/** How a solution behaves just now. May be changed while it runs. */
export interface Manners {
  /** It answers nothing but that it is out of order. */
  isOut: boolean
  /** A setting at it is wrong. */
  isMisconfigured: boolean
  /** How often an answer is lost, whether the request came or not. */
  answerLost: number
  /** How often a row is to be tried again. */
  rowRetry: number
  /** How often what was accepted is lost. */
  acceptedLost: number
  /** How often it wants fewer calls. */
  tooMany: number
  /** The longest that a request takes, ms: less than the time-out of an adapter. */
  latencyMs: number
}

export const goodManners: Manners = {
  isOut: false,
  isMisconfigured: false,
  answerLost: 0,
  rowRetry: 0,
  acceptedLost: 0,
  tooMany: 0,
  latencyMs: 80,
}

/** Told of everything that a solution does, at once. */
export interface SolutionWatch {
  /** A request with these rows has left a worker. */
  readonly sent: (solution: string, host: string, rows: readonly Delivery[]) => Sending
  /** It will never take it. */
  readonly refused: (solution: string, row: Delivery) => void
}

/** A request on its way. */
export interface Sending {
  /** The solution took a row as true, or will. */
  readonly took: (row: Delivery) => void
  /** The solution is through with it. */
  readonly through: () => void
}

/** A solution on the other side of the Internet. */
export interface SimulatedSolution {
  readonly kind: SolutionKind
  readonly manners: Manners
  /** Its adapter, as a process on this host has it. */
  readonly adapter: (host: Host) => Solution
  /** Identities that it holds as members of a segment; undefined where it has no counterpart of it. */
  readonly members: (segment: string) => ReadonlySet<string> | undefined
  readonly segments: () => readonly string[]
  /** Somebody deletes what stands for the segment there. */
  readonly deleteCounterpart: (segment: string) => void
  /** Deleted by somebody, and not made again: nobody can know of it before the next row. */
  readonly deleted: ReadonlySet<string>
  /** Calls that it has accepted and not applied. */
  readonly unapplied: () => number
}

/** Adapters wait this long for an answer. */
const timeoutMs = 8_000
/** The engine mends so many losses of a dataflow in an hour; what is lost more often waits for a person. */
const lossesMax = 2
/** What is accepted is applied at most so much later. */
const appliesMs = 20_000

export function simulatedSolution(
  time: Time,
  chance: Chance,
  kind: SolutionKind,
  watch: SolutionWatch,
  note: (what: string) => void,
): SimulatedSolution {
  const { name, appliesLater } = kind
  const manners = { ...goodManners }
  /** Segment → its counterpart. */
  const counterparts = new Map<string, { readonly remoteId: string; members: Set<string> }>()
  const deleted = new Set<string>()
  const batches = new Map<string, 'waiting' | 'applied' | 'lost'>()
  let made = 0
  let lastAppliesMs = 0
  let waiting = 0
  let losses = 0

  const apply = (row: Delivery): void => {
    if (row.state === undefined) {
      // What stood for the segment then may be gone, and another made.
      if (counterparts.get(row.segment)?.remoteId !== row.remoteId) return
      change(row.segment, row.status, row.identities)
      return
    }
    // As an attribute of Target's: of what is not in it nothing is changed.
    for (const { segment, status } of row.state) change(segment, status, row.identities)
  }
  const change = (segment: string, status: string, identities: readonly string[]): void => {
    const members = counterparts.get(segment)?.members
    for (const identity of identities) {
      if (status === 'realized') members?.add(identity)
      else members?.delete(identity)
    }
  }
  /** Answers each row, as the solution itself does when the request has come. */
  const receive = (rows: readonly Delivery[], took: Sending['took']): readonly Receipt[] => {
    if (manners.isMisconfigured) {
      return rows.map(() => ({ status: 'misconfigured', code: 'WRONG_KEY', setting: 'key' }))
    }
    if (manners.isOut) return rows.map(() => again('OUT_OF_ORDER', 1_000, 'solution'))
    if (chance.happens(manners.tooMany)) {
      return rows.map(() => again('TOO_MANY_CALLS', chance.whole(100, 5_000), 'solution'))
    }
    const taken: Delivery[] = []
    made += 1
    const follow = `batch-${made}`
    const receipts = rows.map((row): Receipt => {
      if (counterparts.get(row.segment)?.remoteId !== row.remoteId) return again(segmentGone, 0)
      if (row.identities.some(kind.refuses)) {
        watch.refused(name, row)
        return { status: 'rejected', code: 'UNKNOWN_PERSON', kind: 'excluded' }
      }
      if (chance.happens(manners.rowRetry)) return again('BUSY', chance.whole(10, 2_000))
      took(row)
      taken.push(row)
      return appliesLater
        ? { status: 'delivered', applied: false, follow }
        : { status: 'delivered', applied: true, requestId: follow }
    })
    if (taken.length > 0) {
      const held = taken.map((row) => `${row.status} ${row.segment} of ${row.identities[0]}`)
      note(`${name} ${appliesLater ? `accepts ${follow}` : 'takes'}: ${held.join(', ')}`)
      applyAll(taken, follow)
    }
    return receipts
  }
  const applyAll = (rows: readonly Delivery[], follow: string): void => {
    if (!appliesLater) {
      for (const row of rows) apply(row)
      return
    }
    batches.set(follow, 'waiting')
    waiting += 1
    lastAppliesMs = Math.max(lastAppliesMs + 0.01, time.now() + chance.skewed(10, appliesMs))
    const isLost = losses < lossesMax && chance.happens(manners.acceptedLost)
    losses += Number(isLost)
    time.after(lastAppliesMs - time.now(), () => {
      waiting -= 1
      batches.set(follow, isLost ? 'lost' : 'applied')
      note(`${name} ${isLost ? 'lost' : 'applied'} ${follow}`)
      if (!isLost) for (const row of rows) apply(row)
    })
  }
  /** A request over the Internet. `lost`: what the adapter answers where no answer came. */
  const request = <Answer>(
    host: Host,
    what: string,
    run: () => Answer,
    lost: Answer,
    through: () => void = () => {},
  ): Promise<Answer> =>
    new Promise((resolve) => {
      const isLost = chance.happens(manners.answerLost)
      const comes = !isLost || chance.happens(0.5)
      const thereMs = chance.skewed(1, Math.min(manners.latencyMs, timeoutMs * 0.8))
      const answer = (afterMs: number, said: Answer): void => {
        time.after(afterMs, () => host.reach(() => resolve(said)))
      }
      time.after(thereMs, () => {
        if (comes) {
          note(`${host.name} ${what}`)
          const said = run()
          if (!isLost) answer(chance.skewed(0.5, 50), said)
        }
        through()
      })
      if (isLost) {
        note(`${host.name} ${what} no answer`)
        answer(Math.max(thereMs, chance.skewed(10, timeoutMs)), lost)
      }
    })

  const lostReceipt = { ...again('TIMED_OUT', 500), inDoubt: true }
  const deliver = (host: Host, way: string, rows: readonly Delivery[]) => {
    const { took, through } = watch.sent(name, host.name, rows)
    const lost = rows.map((): Receipt => lostReceipt)
    return request(host, `${name}.${way}`, () => receive(rows, took), lost, through)
  }
  const ensured = (segment: string): SegmentReceipt => {
    if (manners.isOut) return again('OUT_OF_ORDER', 1_000, 'solution')
    let counterpart = counterparts.get(segment)
    if (counterpart === undefined) {
      made += 1
      counterpart = { remoteId: `list-${made}`, members: new Set() }
      counterparts.set(segment, counterpart)
      deleted.delete(segment)
      note(`${name} made ${counterpart.remoteId} for ${segment}`)
    }
    return { status: 'ready', remoteId: counterpart.remoteId }
  }
  return {
    kind,
    manners,
    deleted,
    unapplied: () => waiting,
    members: (segment) => counterparts.get(segment)?.members,
    segments: () => [...counterparts.keys()],
    deleteCounterpart: (segment) => {
      if (counterparts.delete(segment)) deleted.add(segment)
    },
    adapter: (host) => ({
      name,
      namespaces: kind.namespaces,
      aggregation: kind.aggregation,
      takes: kind.takes,
      readiness: [],
      poolBy: kind.takes === 'full-state' ? 'none' : 'segment-status',
      maxConcurrentCalls: 3,
      ensureSegment: (segment) =>
        request<SegmentReceipt>(host, `${name}.ensure`, () => ensured(segment), lostReceipt),
      renameSegment: (_segment, remoteId) => Promise.resolve({ status: 'ready', remoteId }),
      removeSegment: (segment, remoteId) =>
        request<RemovalReceipt>(
          host,
          `${name}.remove`,
          () => {
            if (manners.isOut) return again('OUT_OF_ORDER', 1_000, 'solution')
            if (counterparts.get(segment)?.remoteId === remoteId) counterparts.delete(segment)
            return { status: 'removed' }
          },
          lostReceipt,
        ),
      deliver: (rows) => deliver(host, 'deliver', rows),
      ...(kind.express ? { express: (rows) => deliver(host, 'express', rows) } : {}),
      ...(appliesLater
        ? {
            follow: (follow: string) =>
              request<FollowReceipt>(
                host,
                `${name}.follow`,
                () => followed(batches.get(follow)),
                lostReceipt,
              ),
          }
        : {}),
      close: () => Promise.resolve(),
    }),
  }
}

function followed(batch: 'waiting' | 'applied' | 'lost' | undefined): FollowReceipt {
  if (batch === 'waiting') return { status: 'waiting', afterMs: 1_000 }
  return batch === 'lost' ? { status: 'not-applied', code: 'LOST' } : { status: 'applied' }
}

function again(
  code: string,
  afterMs: number,
  scope: 'row' | 'solution' = 'row',
): Extract<Receipt, { readonly status: 'retry' }> {
  return { status: 'retry', code, afterMs, scope, inDoubt: false }
}
