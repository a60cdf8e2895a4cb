import { z } from 'zod'
import { notInDoubt } from '@segue/solution-kit'
import type { Receipt, Refusal } from '@segue/solution-kit'
import { answerUnreadable, done } from '../receipts.ts'
import type { Profile } from './profile-lookup.ts'
import { readList, subscriptionsHref } from './records.ts'
import type { StandardRecord } from './records.ts'
import type { CallStandard, StandardOutcome } from './standard-client.ts'

/** What came of one change: its receipt, or that a remembered key names nothing any more. */
export type SubscriptionOutcome = Receipt | 'unknown-record'

export interface Subscriptions {
  /** One call: POST to the service's subscriptions. */
  readonly add: (service: StandardRecord, profile: Profile) => Promise<SubscriptionOutcome>
  /** Two calls: the profile's subscriptions are read, and the service's one among them is deleted by its own address. */
  readonly remove: (serviceName: string, profile: Profile) => Promise<SubscriptionOutcome>
}

const subscription = z.object({
  href: z.string().min(1),
  service: z.object({ name: z.string().optional() }).optional(),
  serviceName: z.string().optional(),
})

/** 2,000 subscriptions of one person. */
const maxPages = 10

type Held =
  | { readonly kind: 'held'; readonly hrefs: readonly string[] }
  | { readonly kind: 'unknown-record' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/**
 * Makes the functions that subscribe a profile to a service and end it (`reference/solutions.md` §4.1).
 * A subscription is deleted by the address that Campaign returns, never by one put together here. It is looked for among the
 * profile's subscriptions and not among the service's: both are documented, and a person has a few where a service has a million.
 */
export function subscriptionsOf(call: CallStandard): Subscriptions {
  async function add(service: StandardRecord, profile: Profile): Promise<SubscriptionOutcome> {
    const at = await subscriptionsHref(call, service)
    if (at.kind !== 'href') return outcomeOf(at)
    const body = { subscriber: { PKey: profile.key } }
    const outcome = await call({ method: 'POST', at: { href: at.href }, body })
    if (outcome.kind !== 'error' || outcome.class === 'unknown-record') return outcomeOf(outcome)
    if (outcome.class !== 'exists' && outcome.class !== 'refused') return outcome.refusal
    // What a repeated subscription is answered with is not documented: the profile's own list tells.
    const name = service['name']
    const held = await subscriptionsTo(typeof name === 'string' ? name : '', profile)
    if (held.kind === 'unknown-record') return 'unknown-record'
    if (held.kind === 'refused') return held.refusal
    return held.hrefs.length > 0 ? done : outcome.refusal
  }

  async function remove(serviceName: string, profile: Profile): Promise<SubscriptionOutcome> {
    const held = await subscriptionsTo(serviceName, profile)
    if (held.kind === 'unknown-record') return 'unknown-record'
    if (held.kind === 'refused') return held.refusal
    let receipt: Receipt = done
    let missing = 0
    for (const href of held.hrefs) {
      const outcome = await call({ method: 'DELETE', at: { href } })
      if (outcome.kind === 'answer') receipt = delivered(outcome)
      else if (outcome.kind === 'error' && outcome.class === 'unknown-record') missing += 1
      else return outcome.refusal
    }
    if (missing === 0) return receipt
    // 404: gone since the list was read, which is what was wanted. The list itself says so.
    const left = await subscriptionsTo(serviceName, profile)
    if (left.kind === 'refused') return left.refusal
    return left.kind === 'held' && left.hrefs.length === 0 ? receipt : 'unknown-record'
  }

  /** The addresses of the profile's subscriptions to a service: none, one, or several should Campaign keep them apart. */
  async function subscriptionsTo(serviceName: string, profile: Profile): Promise<Held> {
    const at = await subscriptionsHref(call, profile.record)
    if (at.kind !== 'href') return at.kind === 'error' ? unknownOr(at) : at
    const listed = await readList(call, { href: at.href }, { maxPages })
    if (listed.kind === 'error') return unknownOr(listed)
    if (listed.kind === 'refused') return listed
    if (!listed.complete) return { kind: 'refused', refusal: notInDoubt(answerUnreadable) }
    const hrefs: string[] = []
    for (const one of listed.records) {
      const result = subscription.safeParse(one)
      if (!result.success) return { kind: 'refused', refusal: notInDoubt(answerUnreadable) }
      const { href, service, serviceName: flatName } = result.data
      if ((service?.name ?? flatName) === serviceName) hrefs.push(href)
    }
    return { kind: 'held', hrefs }
  }

  return { add, remove }
}

function unknownOr(error: Extract<StandardOutcome, { kind: 'error' }>): Held {
  if (error.class === 'unknown-record') return { kind: 'unknown-record' }
  return { kind: 'refused', refusal: error.refusal }
}

function outcomeOf(outcome: StandardOutcome): SubscriptionOutcome {
  if (outcome.kind === 'answer') return delivered(outcome)
  if (outcome.kind === 'error' && outcome.class === 'unknown-record') return 'unknown-record'
  return outcome.refusal
}

function delivered({ requestId }: Extract<StandardOutcome, { kind: 'answer' }>): Receipt {
  return requestId === undefined ? done : { status: 'delivered', applied: true, requestId }
}
