import { namespaceOf } from '@segue/model'
import { codes, desired, type Profile } from '@segue/profile'
import type { Dataflow, DeadLetter, LedgerRecord, SolutionDescription } from '@segue/runtime'
import { timeOf } from './time-of.ts'

/**
 * Where the export of one membership to one solution stands, in one word: the solution has it (`applied`); it took it and applies it later (`accepted`); a
 * delivery holds it now (`sending`); something was sent that no receipt settled, and is told again (`inDoubt`); it is to be sent, with its delay, after a
 * retry, or to a counterpart that was made anew (`waiting`); it failed for good (`failed`); it does not go (`excluded`); the profile is no member, and
 * the solution was never told that it is (`nothingToTell`).
 */
export const exportStates = [
  'applied',
  'accepted',
  'sending',
  'inDoubt',
  'waiting',
  'failed',
  'excluded',
  'nothingToTell',
] as const
export type ExportState = (typeof exportStates)[number]

/** Why a membership does not go out, or goes out as an exit; where a row is counted for it too, by the same code. */
export const exclusionCodes = [
  'PROFILE_ERASED',
  'CONSENT_VIOLATION',
  'FLOW_DISABLED',
  'SEGMENT_NOT_ACTIVATED',
  'NO_IDENTITY',
] as const
export type ExclusionCode = (typeof exclusionCodes)[number]

/** Everything that one membership's export to one solution depends on. */
export interface ExportFacts {
  readonly nowMs: number
  /** Undefined where the store has none: it is forgotten, and what is left is that solutions know it. */
  readonly profile: Profile | undefined
  readonly profileKey: string
  /** Index in the partition's dictionary; undefined where no update of the partition named it. */
  readonly segment: number | undefined
  readonly segmentName: string
  readonly dataflow: Dataflow
  readonly solution: string
  readonly description: SolutionDescription | undefined
  /** What the solution was told; undefined: nothing. */
  readonly record: LedgerRecord | undefined
  readonly applied: boolean
  readonly inDoubt: boolean
  readonly sending: boolean
  /** Of the segment's counterpart, where it is there. */
  readonly generation: number | undefined
  readonly deadLetter: DeadLetter | undefined
}

/** What is to be known at the solution, and what keeps it from it. */
export interface ExportVerdict {
  readonly desired: 'realized' | 'exited'
  readonly state: ExportState
  readonly excluded?: { readonly code: ExclusionCode; readonly detail: string }
  /** What the vendor says of when what was sent is ready there. */
  readonly expected?: readonly { readonly what: string; readonly by: string }[]
}

/** Where the export of one membership to one solution stands. Pure. */
export function exportVerdict(facts: ExportFacts): ExportVerdict {
  const { profile, segment, record, description } = facts
  const now = segment === undefined ? 'exited' : desired(profile, segment).status
  const code = exclusionOf(facts)
  const expected =
    record === undefined || record.receiptMs === 0
      ? undefined
      : description?.readiness.map(({ what, withinMs }) => ({
          what,
          by: timeOf(record.receiptMs + withinMs),
        }))
  return {
    desired: now,
    state: stateOf(facts, now, code),
    ...(code === undefined ? {} : { excluded: { code, detail: details[code] } }),
    ...(expected === undefined ? {} : { expected }),
  }
}

function stateOf(
  facts: ExportFacts,
  now: 'realized' | 'exited',
  code: ExclusionCode | undefined,
): ExportState {
  const { record, deadLetter } = facts
  if (facts.sending) return 'sending'
  const told = record?.status ?? 'none'
  const stale =
    told !== 'none' && facts.generation !== undefined && facts.generation !== record?.generation
  const isTold =
    !stale && !isForMore(facts, now) && (told === now || (told === 'none' && now === 'exited'))
  if (facts.inDoubt && !blocks(code)) return 'inDoubt'
  if (isTold) {
    if (told === 'none') return code === undefined ? 'nothingToTell' : 'excluded'
    return facts.applied ? 'applied' : 'accepted'
  }
  if (blocks(code)) return 'excluded'
  // A newer change than the one that failed is still to be sent.
  const failed = deadLetter !== undefined && deadLetter.atMs >= (record?.receiptMs ?? 0)
  return failed && !isNewer(facts, deadLetter) ? 'failed' : 'waiting'
}

/** The profile has more identities by now than the solution was told that it is a member under. */
function isForMore(
  { profile, dataflow, description, record }: ExportFacts,
  now: 'realized' | 'exited',
): boolean {
  if (now === 'exited' || record === undefined || dataflow.primaryIdentityOnly === true) {
    return false
  }
  const taken = profile?.identities.filter((identity) =>
    description?.namespaces.includes(namespaceOf(identity)),
  )
  return (taken?.length ?? 0) > record.identityCount
}

function isNewer({ profile, segment }: ExportFacts, { atMs }: DeadLetter): boolean {
  return segment !== undefined && desired(profile, segment).revisionMs > atMs
}

/** The first that holds, from what concerns the whole profile to what concerns this solution. */
function exclusionOf(facts: ExportFacts): ExclusionCode | undefined {
  const { profile, dataflow, segmentName, solution, description } = facts
  if (profile === undefined || [codes.Erasing, codes.Forgotten].includes(profile.condition))
    return 'PROFILE_ERASED'
  if (profile.condition !== codes.Active) return 'CONSENT_VIOLATION'
  if (!dataflow.enabled) return 'FLOW_DISABLED'
  if (dataflow.segments[segmentName]?.solutions.includes(solution) !== true) {
    return 'SEGMENT_NOT_ACTIVATED'
  }
  // Before a processor has started with the solution, nobody here knows what it takes.
  if (description === undefined) return undefined
  const going = dataflow.primaryIdentityOnly === true ? [facts.profileKey] : profile.identities
  return going.some((identity) => description.namespaces.includes(namespaceOf(identity)))
    ? undefined
    : 'NO_IDENTITY'
}

/** Withdrawn consent and erasure do not keep exits back, they are why there is one. */
function blocks(code: ExclusionCode | undefined): boolean {
  return code === 'FLOW_DISABLED' || code === 'SEGMENT_NOT_ACTIVATED' || code === 'NO_IDENTITY'
}

const details: Readonly<Record<ExclusionCode, string>> = {
  PROFILE_ERASED: 'the profile is being erased, or is forgotten: it leaves every segment',
  CONSENT_VIOLATION: 'the profile withdrew its consent: it leaves every segment until it gives it',
  FLOW_DISABLED: 'the flow is disabled: nothing is sent until it is enabled',
  SEGMENT_NOT_ACTIVATED: 'the flow does not activate the segment for this solution',
  NO_IDENTITY: 'the profile has no identity in a namespace that the solution takes',
}
