import { codes, QualifiedMs, Segment, State, stride, UntilMs, type Profile } from '@segue/profile'
import type { Said, Update } from './loops.ts'

/** What is known of a profile, in words that a replay without machines has too. */
export interface Known {
  readonly identities: readonly string[]
  readonly withdrawn: boolean
  /** Segment by name, in their order. */
  readonly memberships: readonly {
    readonly segment: string
    readonly isIn: boolean
    readonly qualifiedMs: number
    readonly untilMs: number
  }[]
}

/**
 * The state after `updates`, without machines: for each membership the update that is last by the rule of order counts
 * (design §3: lastQualificationTime, then exited before realized, then the log), and what its end has passed is out.
 *
 * @param updates in the order of the log
 * @param nowMs later than all ends that are to be taken as passed
 * @returns by profile key; without profiles of which nothing was said
 */
export function naiveReplay(
  updates: readonly Update[],
  segments: readonly string[],
  nowMs: number,
): Map<string, Known> {
  const known = new Map<string, Known>()
  for (const profileKey of new Set(updates.map((update) => update.profileKey))) {
    const own = updates.filter((update) => update.profileKey === profileKey)
    const said = own.flatMap((update) => update.said)
    const decisions = own.flatMap(({ consent }) => consent ?? [])
    const identities = [...new Set([profileKey, ...own.flatMap(({ others }) => others)])]
    if (said.length === 0 && decisions.length === 0 && identities.length === 1) continue
    const decision = decisions
      .toSorted((one, other) => one.atMs - other.atMs || Number(other.given) - Number(one.given))
      .at(-1)
    known.set(profileKey, {
      identities,
      withdrawn: decision?.given === false,
      memberships: segments.flatMap((name, index) => {
        const last = lastOf(said.filter(({ segment }) => segment === index))
        if (last === undefined) return []
        const { status, qualifiedMs, untilMs } = last
        const isIn = status === 'realized' && (untilMs === 0 || untilMs > nowMs)
        return [{ segment: name, isIn, qualifiedMs, untilMs }]
      }),
    })
  }
  return known
}

/** A stable sort, so what the log has later stays later among equals. */
function lastOf(said: readonly Said[]): Said | undefined {
  return said
    .toSorted(
      (one, other) =>
        one.qualifiedMs - other.qualifiedMs ||
        Number(one.status === 'exited') - Number(other.status === 'exited'),
    )
    .at(-1)
}

/** What a stored profile knows, in the same words. */
export function knownOf(
  { identities, condition, memberships }: Profile,
  dictionary: readonly string[],
): Known {
  const offsets = Array.from({ length: memberships.length / stride }, (_, index) => index * stride)
  return {
    identities,
    withdrawn: condition === codes.OptedOut,
    memberships: offsets
      .map((offset) => ({
        segment: dictionary[memberships[offset + Segment]!]!,
        isIn: memberships[offset + State] === codes.Realized,
        qualifiedMs: memberships[offset + QualifiedMs]!,
        untilMs: memberships[offset + UntilMs]!,
      }))
      .toSorted((one, other) => (one.segment < other.segment ? -1 : 1)),
  }
}
