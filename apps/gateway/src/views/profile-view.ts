import { namespaceOf } from '@segue/model'
import type { Identity, ProfileKey } from '@segue/model'
import {
  membershipStates,
  profileStates,
  QualifiedMs,
  RevisionMs,
  RevisionSequence,
  Segment,
  State,
  stride,
  UntilMs,
} from '@segue/profile'
import type { Profile } from '@segue/profile'
import { unpackProfile } from '@segue/runtime'
import type { Sandbox } from '../sandbox.ts'
import { timeOf } from './time-of.ts'
import { entriesOf, sentLookups, sentView } from './told.ts'
import type { SentLookups, Told } from './told.ts'

/**
 * What is known of a profile: its state, and what each solution was told.
 * @returns undefined where there is neither
 */
export async function viewProfile(
  sandbox: Sandbox,
  profileKey: ProfileKey,
  partition: number,
): Promise<object | undefined> {
  const { store, dataflows, clock } = sandbox.ports
  const [[packed], { segments }, flows] = await Promise.all([
    store.load(partition, [profileKey]),
    store.open(partition),
    dataflows.list(),
  ])
  const told = await entriesOf(sandbox, profileKey, partition, flows)
  if (packed === undefined && told.length === 0) return undefined
  const nameOf = (segment: number): string => segments[segment] ?? `unknown:${segment}`
  const lookups = await sentLookups(
    sandbox,
    told.flatMap(({ solution, entry }) =>
      Array.from(entry.records.values(), (record) => ({ solution, record })),
    ),
  )
  const byFlow: Record<string, Record<string, object>> = {}
  for (const one of told) {
    const solutions = (byFlow[one.dataflow] ??= {})
    solutions[one.solution] = entryView(one, nameOf, lookups, clock.nowMs())
  }
  const state =
    packed === undefined ? forgotten : stateView(unpackProfile(profileKey, packed), nameOf)
  return { sandbox: sandbox.name, profileKey, partition, ...state, dataflows: byFlow }
}

/** A profile that solutions still have to acknowledge the leaving of. */
const forgotten = { condition: 'forgotten', identities: [], memberships: [] }

/** A membership at its offset in the profile's array. */
export function membershipView({ memberships }: Profile, at: number): object {
  const untilMs = memberships[at + UntilMs] ?? 0
  return {
    status: membershipStates[memberships[at + State] ?? 0],
    lastQualificationTime: timeOf(memberships[at + QualifiedMs] ?? 0),
    ...(untilMs === 0 ? {} : { validUntil: timeOf(untilMs) }),
    revision: `${memberships[at + RevisionMs] ?? 0}-${memberships[at + RevisionSequence] ?? 0}`,
  }
}

function stateView(profile: Profile, nameOf: (segment: number) => string): object {
  const { memberships } = profile
  const shown: object[] = []
  for (let at = 0; at < memberships.length; at += stride) {
    shown.push({
      segment: nameOf(memberships[at + Segment] ?? 0),
      ...membershipView(profile, at),
    })
  }
  return {
    condition: profileStates[profile.condition],
    ...(profile.consentAtMs === 0 ? {} : { consentTime: timeOf(profile.consentAtMs) }),
    identities: profile.identities.map(identityView),
    memberships: shown,
  }
}

function identityView(identity: Identity): object {
  const namespace = namespaceOf(identity)
  return { namespace, id: identity.slice(namespace.length + 1) }
}

function entryView(
  { solution, entry }: Told,
  nameOf: (segment: number) => string,
  lookups: SentLookups,
  nowMs: number,
): object {
  const sent = Array.from(entry.records, ([segment, record]) => ({
    segment: nameOf(segment),
    ...sentView({ solution, record }, lookups),
  }))
  return {
    sending: entry.claimedUntilMs > nowMs,
    sent,
    inDoubt: Array.from(entry.doubts, nameOf),
  }
}
