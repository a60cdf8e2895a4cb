import { LRUCache } from 'lru-cache'
import {
  failed,
  notInDoubt,
  refusal,
  remoteObjects,
  remoteSegmentId,
  retryRow,
} from '@segue/solution-kit'
import type { Refusal, RemoteObject, RemovalReceipt, SegmentReceipt } from '@segue/solution-kit'
import type { Segment } from '@segue/model'
import { counterpartLabel, counterpartName, isOwn, nameTaken } from '../counterpart.ts'
import { answerUnreadable, counterpartGone } from '../receipts.ts'
import { readList, readRecord } from './records.ts'
import type { StandardRecord } from './records.ts'
import type { CallStandard, StandardOutcome } from './standard-client.ts'

export type FoundService =
  | { readonly kind: 'service'; readonly service: StandardRecord }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** The services that stand for segments, by their internal names. */
export interface Services {
  readonly find: (name: string) => Promise<FoundService>
  /** Forgets the service's key, because Campaign does not know it any more. */
  readonly forget: (name: string) => void
  readonly ensure: (segment: Segment, displayName: string) => Promise<SegmentReceipt>
  readonly rename: (segment: Segment, name: string, displayName: string) => Promise<SegmentReceipt>
  readonly remove: (segment: Segment, name: string) => Promise<RemovalReceipt>
}

type AllServices =
  | { readonly kind: 'all'; readonly byName: ReadonlyMap<string, StandardRecord> }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

const path = 'profileAndServices/service'
/** For so long what the list said is taken as what is there; a name that is taken meanwhile is refused, and found then. */
const recentMs = 30_000
const noService: FoundService = { kind: 'none' }
const tooMany = refusal('SERVICES_TOO_MANY', failed, 'over 20,000 services')
const madeMeanwhile = refusal(
  'ALREADY_EXISTS',
  retryRow(1_000, false),
  'somebody else just made the service',
)
/** 20,000 services; past this an instance is not one that people look after. */
const maxPages = 100

/**
 * Finds, makes, renames and removes services (`reference/solutions.md` §4.1). Services are found by reading the list of all of them,
 * which is the one documented way to a name: one reading serves everybody who waits for it, and fills the memory.
 * Their names are unique in an instance, so two processes that make one at a time end with one.
 */
export function servicesOf(options: {
  readonly call: CallStandard
  readonly namePrefix: string
  readonly cacheMs: number
  readonly nowMs: () => number
}): Services {
  const { call } = options
  const remembered = new LRUCache<string, StandardRecord>({
    max: 20_000,
    perf: { now: options.nowMs },
    ttlResolution: 0,
  })
  const beingMade = new Map<string, Promise<SegmentReceipt>>()
  let reading: Promise<AllServices> | undefined
  let readAtMs = -Infinity

  async function find(name: string): Promise<FoundService> {
    const known = remembered.get(name)
    if (known !== undefined) return { kind: 'service', service: known }
    reading ??= readAll().finally(() => {
      reading = undefined
    })
    const all = await reading
    if (all.kind === 'refused') return all
    const service = all.byName.get(name)
    return service === undefined ? { kind: 'none' } : { kind: 'service', service }
  }

  async function readAll(): Promise<AllServices> {
    const startedAtMs = options.nowMs()
    const listed = await readList(call, { path }, { maxPages })
    if (listed.kind !== 'records') return { kind: 'refused', refusal: listed.refusal }
    if (!listed.complete) return { kind: 'refused', refusal: tooMany }
    const byName = new Map<string, StandardRecord>()
    for (const one of listed.records) {
      const service = readRecord(one)
      const name = service?.['name']
      if (service === undefined || typeof name !== 'string') {
        return { kind: 'refused', refusal: notInDoubt(answerUnreadable) }
      }
      byName.set(name, service)
      remember(name, service)
    }
    readAtMs = startedAtMs
    return { kind: 'all', byName }
  }

  function remember(name: string, service: StandardRecord): void {
    if (options.cacheMs > 0) remembered.set(name, service, { ttl: options.cacheMs })
  }

  function forget(name: string): void {
    remembered.delete(name)
  }

  function ensure(segment: Segment, displayName: string): Promise<SegmentReceipt> {
    const name = counterpartName(options.namePrefix, segment)
    const underWay = beingMade.get(name)
    if (underWay !== undefined) return underWay
    const making = findOrMake(segment, name, displayName).finally(() => beingMade.delete(name))
    beingMade.set(name, making)
    return making
  }

  async function findOrMake(
    segment: Segment,
    name: string,
    displayName: string,
  ): Promise<SegmentReceipt> {
    // A thousand segments that are activated together must not each read the list of all services.
    const recent = options.nowMs() - readAtMs < recentMs
    if (!recent) forget(name)
    const found = recent && !remembered.has(name) ? noService : await find(name)
    if (found.kind !== 'none') return ready(found, segment, name)
    const label = counterpartLabel(displayName, segment)
    const body = { label, name, messageType: 'email', description: remoteSegmentId(segment) }
    const outcome = await call({ method: 'POST', at: { path }, body })
    if (outcome.kind === 'answer') {
      const service = readRecord(outcome.body)
      if (service !== undefined) remember(name, service)
      return { status: 'ready', remoteId: name, objects: serviceObjects(name, label) }
    }
    if (outcome.kind === 'error') {
      // Another process may have made it since we looked.
      forget(name)
      const again = await find(name)
      if (again.kind === 'service') return ready(again, segment, name)
      if (outcome.class === 'exists') return madeMeanwhile
    }
    return outcome.refusal
  }

  /** Does something with the segment's service; once more with a fresh address where the remembered one names nothing. */
  async function change(
    segment: Segment,
    name: string,
    act: (href: string) => Promise<StandardOutcome>,
  ): Promise<'done' | 'gone' | Refusal> {
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const found = await find(name)
      if (found.kind === 'none') return 'gone'
      if (found.kind === 'refused') return found.refusal
      if (!belongsTo(found.service, segment)) return nameTaken
      if (found.service.href === undefined) return answerUnreadable
      const outcome = await act(found.service.href)
      if (outcome.kind === 'answer') return 'done'
      if (outcome.kind !== 'error' || outcome.class !== 'unknown-record') return outcome.refusal
      forget(name)
    }
    return refusal(
      'RECORD_UNKNOWN',
      retryRow(5_000, false),
      'Campaign lists a service it cannot find',
    )
  }

  async function rename(
    segment: Segment,
    name: string,
    displayName: string,
  ): Promise<SegmentReceipt> {
    const label = counterpartLabel(displayName, segment)
    const body = { label }
    const changed = await change(segment, name, (href) =>
      call({ method: 'PATCH', at: { href }, body }),
    )
    if (changed === 'gone') return counterpartGone
    // The label that the memory has is the one before.
    forget(name)
    const objects = serviceObjects(name, label)
    return changed === 'done' ? { status: 'ready', remoteId: name, objects } : changed
  }

  async function remove(segment: Segment, name: string): Promise<RemovalReceipt> {
    const changed = await change(segment, name, (href) => call({ method: 'DELETE', at: { href } }))
    forget(name)
    return changed === 'done' || changed === 'gone' ? { status: 'removed' } : changed
  }

  return { find, forget, ensure, rename, remove }
}

function belongsTo(service: StandardRecord, segment: Segment): boolean {
  const description = service['description']
  return isOwn(typeof description === 'string' ? description : undefined, segment)
}

function ready(
  found: Exclude<FoundService, { kind: 'none' }>,
  segment: Segment,
  name: string,
): SegmentReceipt {
  if (found.kind === 'refused') return found.refusal
  if (!belongsTo(found.service, segment)) return nameTaken
  const label = found.service['label']
  const objects = serviceObjects(name, typeof label === 'string' ? label : name)
  return { status: 'ready', remoteId: name, objects }
}

/** What stands for a segment in Campaign Standard: its service, by label and internal name. */
function serviceObjects(name: string, label: string): readonly RemoteObject[] {
  return remoteObjects([{ kind: 'service', name: label, id: name }])
}
