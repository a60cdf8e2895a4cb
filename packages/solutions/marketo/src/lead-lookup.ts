import { LRUCache } from 'lru-cache'
import {
  batches,
  failed,
  halves,
  misconfigured,
  notInDoubt,
  refusal,
  retryRow,
} from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import type { Identity } from '@segue/model'
import { leadShape } from './answer.ts'
import type { Lead } from './answer.ts'
import type { CallMarketo, MarketoCall } from './marketo-client.ts'

/** What is known of an identity's lead. */
export type Resolution =
  | { readonly kind: 'lead'; readonly leadId: number }
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

export interface LeadLookup {
  /** Finds the leads of identities, from memory or from Marketo. Every identity has an entry in the answer. */
  readonly resolve: (identities: Iterable<Identity>) => Promise<Map<Identity, Resolution>>
  /** Forgets what is remembered of these identities, because Marketo says otherwise. */
  readonly forget: (identities: Iterable<Identity>) => void
}

/** The custom field that holds identities of a namespace, and the setting that named it. */
export interface LeadField {
  readonly field: string
  readonly setting: string
}

/** Marketo's bound of `filterValues` and of a page. */
const maxValues = 300
/** 8 KB less the room for host and version; a longer address goes as POST. */
const maxQueryBytes = 7_900
/** Marketo refuses a filter that over 1,000 leads match (1003), which is four pages. */
const maxPages = 4

/**
 * Finds Marketo's lead ids by custom fields (`reference/solutions.md` §6.3), and remembers them.
 * Only people that Marketo has are found: a lead cannot be made from a hash. Of several leads with one value, the one updated last is taken.
 */
export function leadLookup(options: {
  readonly call: CallMarketo
  readonly fields: ReadonlyMap<string, LeadField>
  readonly cacheSize: number
  readonly cacheMs: number
  readonly unknownCacheMs: number
  readonly nowMs: () => number
}): LeadLookup {
  const { call } = options
  const remembered = new LRUCache<Identity, Exclude<Resolution, { kind: 'refused' }>>({
    max: options.cacheSize,
    perf: { now: options.nowMs },
    ttlResolution: 0,
  })

  async function resolve(identities: Iterable<Identity>): Promise<Map<Identity, Resolution>> {
    const found = new Map<Identity, Resolution>()
    const wanted = new Map<string, Set<string>>()
    let paused: Resolution | undefined
    for (const identity of identities) {
      const known = remembered.get(identity)
      const [namespace, value] = split(identity)
      if (known !== undefined) found.set(identity, known)
      else if (!options.fields.has(namespace)) found.set(identity, { kind: 'none' })
      else wanted.set(namespace, (wanted.get(namespace) ?? new Set<string>()).add(value))
    }
    for (const [namespace, values] of wanted) {
      const field = options.fields.get(namespace)
      if (field === undefined) continue
      const limits = { maxCount: maxValues, maxBytes: Infinity, bytesOf: () => 0 }
      for (const batch of batches(values, limits)) {
        const answers = paused === undefined ? await find(field, batch) : all(batch, paused)
        for (const [value, resolution] of answers) {
          paused ??= pausing(resolution)
          const identity = `${namespace}:${value}`
          found.set(identity, resolution)
          remember(identity, resolution)
        }
      }
    }
    return found
  }

  function remember(identity: Identity, resolution: Resolution): void {
    if (resolution.kind === 'refused') return
    const ttl = resolution.kind === 'lead' ? options.cacheMs : options.unknownCacheMs
    if (ttl > 0) remembered.set(identity, resolution, { ttl })
  }

  /** Looks up the values of one field; cut in two where over 1,000 leads match them or the call is too large. */
  async function find(
    field: LeadField,
    values: readonly string[],
  ): Promise<Map<string, Resolution>> {
    const pages = await readPages(field, values)
    if (pages.kind === 'leads') return latestByValue(field.field, values, pages.leads)
    const parts = pages.kind === 'too-many' ? halves(values) : undefined
    if (parts !== undefined) {
      const left = await find(field, parts[0])
      return new Map([...left, ...(await find(field, parts[1]))])
    }
    return all(values, { kind: 'refused', refusal: pages.refusal })
  }

  async function readPages(
    field: LeadField,
    values: readonly string[],
  ): Promise<
    | { readonly kind: 'leads'; readonly leads: readonly Lead[] }
    | { readonly kind: 'too-many' | 'refused'; readonly refusal: Refusal }
  > {
    const leads: Lead[] = []
    let pageToken: string | undefined
    for (let page = 1; page <= maxPages; page += 1) {
      const outcome = await call(lookupCall(field.field, values, pageToken))
      if (outcome.kind === 'error' && outcome.code === '1003') {
        const tooMany = refusal('LEADS_TOO_MANY', failed, 'over 1,000 leads have this value')
        return { kind: 'too-many', refusal: tooMany }
      }
      if (outcome.kind === 'error' && outcome.code === '1006') {
        const detail = `Marketo has no searchable lead field ${field.field}`
        const wrong = refusal('FIELD_NOT_FOUND', misconfigured(field.setting), detail)
        return { kind: 'refused', refusal: wrong }
      }
      if (outcome.kind === 'too-large') return { kind: 'too-many', refusal: outcome.refusal }
      if (outcome.kind !== 'answer') {
        return { kind: 'refused', refusal: notInDoubt(outcome.refusal) }
      }
      for (const record of outcome.answer.result ?? []) {
        const lead = leadShape.safeParse(record)
        if (!lead.success) {
          const unreadable = refusal('ANSWER_UNREADABLE', retryRow(1_000, false))
          return { kind: 'refused', refusal: unreadable }
        }
        leads.push(lead.data)
      }
      pageToken = outcome.answer.nextPageToken
      if (pageToken === undefined || pageToken === '') break
    }
    return { kind: 'leads', leads }
  }

  function forget(identities: Iterable<Identity>): void {
    for (const identity of identities) remembered.delete(identity)
  }

  return { resolve, forget }
}

function all(values: readonly string[], resolution: Resolution): Map<string, Resolution> {
  return new Map(values.map((value) => [value, resolution]))
}

/** The resolution itself where it means that further look-ups are not worth a call now. */
function pausing(resolution: Resolution): Resolution | undefined {
  if (resolution.kind !== 'refused') return undefined
  const { refusal: because } = resolution
  const whole = because.status === 'retry' && because.scope === 'solution'
  return whole || because.status === 'misconfigured' ? resolution : undefined
}

function split(identity: Identity): readonly [namespace: string, value: string] {
  const colon = identity.indexOf(':')
  return [identity.slice(0, colon), identity.slice(colon + 1)]
}

/** A GET, or above 8 KB a POST that says it is one, with the query as its body. */
export function lookupCall(
  field: string,
  values: readonly string[],
  pageToken: string | undefined,
): MarketoCall {
  const parameters = new URLSearchParams({
    filterType: field,
    filterValues: values.join(','),
    fields: `id,updatedAt,${field}`,
    batchSize: `${maxValues}`,
  })
  if (pageToken !== undefined) parameters.set('nextPageToken', pageToken)
  const query = parameters.toString()
  const path = 'rest/v1/leads.json'
  if (query.length <= maxQueryBytes) return { method: 'GET', path, query }
  return { method: 'POST', path, query: '_method=GET', form: query }
}

/** For each value the lead that was updated last, the highest id breaking ties; `none` where there is no lead. */
export function latestByValue(
  field: string,
  values: readonly string[],
  leads: readonly Lead[],
): Map<string, Resolution> {
  const latest = new Map<string, { readonly leadId: number; readonly updatedMs: number }>()
  for (const lead of leads) {
    // Marketo compares without case and may pad; identities are canonical already.
    const value = text(lead[field]).trim().toLowerCase()
    const candidate = { leadId: lead.id, updatedMs: updatedMs(lead.updatedAt) }
    const best = latest.get(value)
    const newer =
      best === undefined ||
      candidate.updatedMs > best.updatedMs ||
      (candidate.updatedMs === best.updatedMs && candidate.leadId > best.leadId)
    if (newer) latest.set(value, candidate)
  }
  return new Map(
    values.map((value): [string, Resolution] => {
      const best = latest.get(value.toLowerCase())
      return [value, best === undefined ? { kind: 'none' } : { kind: 'lead', leadId: best.leadId }]
    }),
  )
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : ''
}

/** `2016-05-17T22:11:45Z`, and the `…Z+0000` that some of Marketo's calls write; 0 where unreadable. */
function updatedMs(at: string | undefined): number {
  const ms = Date.parse((at ?? '').replace(/Z\+0000$/, 'Z'))
  return Number.isNaN(ms) ? 0 : ms
}
