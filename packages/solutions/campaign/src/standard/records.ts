import { z } from 'zod'
import { notInDoubt } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import { answerUnreadable } from '../receipts.ts'
import type { CodeClass } from './codes.ts'
import type { CallStandard, StandardCall } from './standard-client.ts'

const link = z.object({ href: z.string().min(1) })

/** What every record of Campaign Standard has: its key, which is opaque and only for now, and addresses to go on from. */
export interface StandardRecord {
  readonly PKey: string
  readonly href?: string | undefined
  readonly subscriptions?: { readonly href: string } | undefined
  readonly [field: string]: unknown
}

const record: z.ZodType<StandardRecord> = z.looseObject({
  PKey: z.string().min(1),
  href: z.string().min(1).optional(),
  subscriptions: link.optional(),
})

const page = z.object({ content: z.array(z.unknown()), next: link.optional() })

/** Reads one record; undefined where it is none. */
export function readRecord(body: unknown): StandardRecord | undefined {
  const result = record.safeParse(body)
  return result.success ? result.data : undefined
}

export type Listed =
  | { readonly kind: 'records'; readonly records: readonly unknown[]; readonly complete: boolean }
  | { readonly kind: 'error'; readonly class: CodeClass['kind']; readonly refusal: Refusal }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** Lines a page; Campaign gives 25 where nothing is said. */
const lineCount = '200'

/**
 * Reads a list, following the returned `next` (`reference/solutions.md` §4.1). Nothing is written: no receipt of it is in doubt.
 * @param maxPages the list is not `complete` where it has more
 */
export async function readList(
  call: CallStandard,
  at: StandardCall['at'],
  options: { readonly query?: Readonly<Record<string, string>>; readonly maxPages: number },
): Promise<Listed> {
  const records: unknown[] = []
  let next: StandardCall = {
    method: 'GET',
    at,
    // Without the second one, tables of over 100,000 rows have no next page: the one of subscriptions soon is.
    query: { ...options.query, _lineCount: lineCount, _forcePagination: 'true' },
  }
  for (let read = 1; read <= options.maxPages; read += 1) {
    const outcome = await call(next)
    if (outcome.kind !== 'answer') return { ...outcome, refusal: notInDoubt(outcome.refusal) }
    const result = page.safeParse(outcome.body)
    if (!result.success) return { kind: 'refused', refusal: notInDoubt(answerUnreadable) }
    records.push(...result.data.content)
    if (result.data.next === undefined) return { kind: 'records', records, complete: true }
    next = { method: 'GET', at: result.data.next }
  }
  return { kind: 'records', records, complete: false }
}

/**
 * Where a profile's or service's subscriptions are: in the record itself, or in the record read by its address, should the
 * list that it came from leave collections out.
 */
export async function subscriptionsHref(
  call: CallStandard,
  from: StandardRecord,
): Promise<
  | { readonly kind: 'href'; readonly href: string }
  | { readonly kind: 'error'; readonly class: CodeClass['kind']; readonly refusal: Refusal }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
> {
  if (from.subscriptions !== undefined) return { kind: 'href', href: from.subscriptions.href }
  if (from.href === undefined) return { kind: 'refused', refusal: notInDoubt(answerUnreadable) }
  const outcome = await call({ method: 'GET', at: { href: from.href } })
  if (outcome.kind !== 'answer') return { ...outcome, refusal: notInDoubt(outcome.refusal) }
  const whole = readRecord(outcome.body)
  if (whole?.subscriptions === undefined) {
    return { kind: 'refused', refusal: notInDoubt(answerUnreadable) }
  }
  return { kind: 'href', href: whole.subscriptions.href }
}
