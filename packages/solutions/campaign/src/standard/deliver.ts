import { concurrently, notInDoubt, refusal, retryRow, worstReceipt } from '@segue/solution-kit'
import type { Delivery, Receipt, Refusal } from '@segue/solution-kit'
import type { Identity } from '@segue/model'
import { isCounterpartName } from '../counterpart.ts'
import { membershipKey, planChanges } from '../plan.ts'
import type { MembershipChange, ResolvedRow } from '../plan.ts'
import { counterpartGone, done, pauseOf, personUnknown, remoteIdInvalid } from '../receipts.ts'
import type { Profile, ProfileLookup, Resolution } from './profile-lookup.ts'
import type { FoundService, Services } from './services.ts'
import type { SubscriptionOutcome, Subscriptions } from './subscriptions.ts'

/** What one delivery works with. */
export interface StandardParts {
  readonly lookup: ProfileLookup
  readonly services: Services
  readonly subscriptions: Subscriptions
  readonly createMissing: boolean
  readonly concurrentCalls: number
}

const stillUnknown: Refusal = refusal(
  'RECORD_UNKNOWN',
  retryRow(5_000, false),
  'Campaign does not know a key that it just gave',
)

/** What one delivery has learned so far. */
interface Progress {
  readonly resolutions: Map<Identity, Resolution>
  /** By service and profile. */
  readonly outcomes: Map<string, SubscriptionOutcome>
  /** Identities whose profile was there and then was not. */
  readonly vanished: Set<Identity>
  /** The receipt of everything that is not sent any more. */
  paused: Refusal | undefined
}

/**
 * Delivers rows: finds the profiles of their identities, subscribes and unsubscribes each, and answers one receipt a row, in
 * order. A row is done when every profile of its person is. Where Campaign does not know a remembered key, profile and service
 * are looked up again, once.
 */
export async function deliverRows(
  rows: readonly Delivery[],
  parts: StandardParts,
): Promise<readonly Receipt[]> {
  const progress: Progress = {
    resolutions: new Map(),
    outcomes: new Map(),
    vanished: new Set(),
    paused: undefined,
  }
  const sound = rows.filter((row) => isCounterpartName(row.remoteId))
  await resolve(new Set(sound.flatMap((row) => row.identities)))
  await createMissing()
  await send()
  const stale = forgetStale()
  if (stale.length > 0) {
    await resolve(stale)
    for (const identity of stale) {
      const resolution = progress.resolutions.get(identity)
      if (resolution?.kind === 'profiles' && resolution.profiles.length === 0) {
        progress.vanished.add(identity)
      }
    }
    await createMissing()
    await send()
  }
  return rows.map((row) => receiptOf(row, progress))

  /** Runs a task for each item, a few at a time; nothing more once one of them says that nothing is worth sending. */
  async function unlessPaused<Item, Result>(
    items: readonly Item[],
    task: (item: Item) => Promise<Result>,
    pausing: (result: Result) => Refusal | undefined,
    settle: (item: Item, result: Result) => void,
  ): Promise<void> {
    await concurrently(items, parts.concurrentCalls, async (item) => {
      if (progress.paused !== undefined) return
      const result = await task(item)
      settle(item, result)
      progress.paused ??= pausing(result)
    })
  }

  async function resolve(identities: Iterable<Identity>): Promise<void> {
    await unlessPaused(
      [...identities],
      (identity) => parts.lookup.resolve(identity),
      (resolution) => (resolution.kind === 'refused' ? pauseOf(resolution.refusal) : undefined),
      (identity, resolution) => void progress.resolutions.set(identity, resolution),
    )
  }

  /** Under the policy createMissing: a profile for each person to be added who has none. */
  async function createMissing(): Promise<void> {
    if (!parts.createMissing) return
    const missing = new Map<Identity, readonly Identity[]>()
    for (const { row, people } of resolvedRows(sound, progress)) {
      const [first] = row.identities
      if (people.length === 0 && row.status === 'realized' && first !== undefined) {
        missing.set(first, row.identities)
      }
    }
    await unlessPaused(
      [...missing],
      ([, identities]) => parts.lookup.create(identities),
      (resolution) => (resolution.kind === 'refused' ? pauseOf(resolution.refusal) : undefined),
      ([first], resolution) => void progress.resolutions.set(first, resolution),
    )
  }

  /** Sends what has no outcome yet. */
  async function send(): Promise<void> {
    const services = new Map<string, Promise<FoundService>>()
    const changes = planChanges(resolvedRows(sound, progress)).filter(
      ({ remoteId, person }) => !progress.outcomes.has(membershipKey(remoteId, person)),
    )
    await unlessPaused(
      changes,
      (one) => change(one, services),
      (outcome) => (outcome === 'unknown-record' ? undefined : pauseOf(outcome)),
      ({ remoteId, person }, outcome) =>
        void progress.outcomes.set(membershipKey(remoteId, person), outcome),
    )
  }

  async function change(
    one: MembershipChange<Profile>,
    services: Map<string, Promise<FoundService>>,
  ): Promise<SubscriptionOutcome> {
    // A removal needs the profile's subscriptions only, and a service that is gone is in none of them.
    if (one.status === 'exited') return parts.subscriptions.remove(one.remoteId, one.person)
    const finding = services.get(one.remoteId) ?? parts.services.find(one.remoteId)
    services.set(one.remoteId, finding)
    const found = await finding
    if (found.kind === 'none') return counterpartGone
    if (found.kind === 'refused') return notInDoubt(found.refusal)
    return parts.subscriptions.add(found.service, one.person)
  }

  /** Forgets what Campaign did not know, and makes room for another try; answers the identities to look up again. */
  function forgetStale(): readonly Identity[] {
    const unknown = new Set<Identity>()
    for (const { row, people } of resolvedRows(sound, progress)) {
      for (const person of people) {
        const key = membershipKey(row.remoteId, person)
        if (progress.outcomes.get(key) !== 'unknown-record') continue
        parts.services.forget(row.remoteId)
        for (const identity of row.identities) unknown.add(identity)
      }
    }
    for (const [key, outcome] of progress.outcomes) {
      if (outcome === 'unknown-record') progress.outcomes.delete(key)
    }
    parts.lookup.forget(unknown)
    return [...unknown]
  }
}

/** Rows with the profiles that are known of them: none of a row while one of its identities could not be looked up. */
function resolvedRows(
  rows: readonly Delivery[],
  progress: Progress,
): readonly ResolvedRow<Profile>[] {
  const resolved: ResolvedRow<Profile>[] = []
  for (const row of rows) {
    const found = row.identities.map((identity) => progress.resolutions.get(identity))
    const people = new Map<string, Profile>()
    for (const one of found) {
      if (one?.kind === 'profiles')
        for (const person of one.profiles) people.set(person.key, person)
    }
    const complete = found.every((one) => one?.kind === 'profiles')
    if (complete) resolved.push({ row, people: [...people.values()] })
  }
  return resolved
}

function receiptOf(row: Delivery, progress: Progress): Receipt {
  if (!isCounterpartName(row.remoteId)) return remoteIdInvalid
  const parts: Receipt[] = []
  for (const identity of row.identities) {
    const resolution = progress.resolutions.get(identity)
    if (resolution === undefined) parts.push(progress.paused ?? stillUnknown)
    else if (resolution.kind === 'refused') parts.push(notInDoubt(resolution.refusal))
  }
  if (parts.length === 0) {
    for (const { people } of resolvedRows([row], progress)) {
      for (const person of people) {
        const outcome = progress.outcomes.get(membershipKey(row.remoteId, person))
        if (outcome === 'unknown-record') parts.push(stillUnknown)
        else parts.push(outcome ?? progress.paused ?? stillUnknown)
      }
    }
  }
  const [first, ...others] = parts
  if (first !== undefined) return worstReceipt([first, ...others])
  // A person whose profile is gone subscribes to nothing: that is what a removal asked for.
  const vanished = row.identities.some((identity) => progress.vanished.has(identity))
  return vanished && row.status === 'exited' ? done : personUnknown
}
