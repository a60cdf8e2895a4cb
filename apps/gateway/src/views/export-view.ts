import type { ProfileKey } from '@segue/model'
import { codes, membershipOffset, profileStates, type Profile } from '@segue/profile'
import { unpackProfile } from '@segue/runtime'
import type { Counterpart, Dataflow, DeadLetter, SolutionDescription } from '@segue/runtime'
import type { Sandbox } from '../sandbox.ts'
import { exportVerdict } from './export-state.ts'
import { membershipView } from './profile-view.ts'
import { counterpartView } from './solutions-view.ts'
import { timeOf } from './time-of.ts'
import { entriesOf, sentLookups, sentView } from './told.ts'
import type { SentLookups, Told } from './told.ts'

/** Which exports of a profile to show. */
export interface ExportsWanted {
  /** `namespace:id`; undefined: all that are activated, or were told. */
  readonly segment: string | undefined
  /** Of this flow only. */
  readonly flowId: string | undefined
  /** Segments behind this one, in the order of their names. */
  readonly after: string | undefined
  readonly limit: number
}

/** A profile with what is known of it. */
interface Subject {
  readonly sandbox: Sandbox
  readonly profileKey: ProfileKey
  readonly partition: number
  readonly profile: Profile | undefined
  /** The partition's dictionary, the other way round. */
  readonly indexOf: ReadonlyMap<string, number>
  readonly flows: readonly Dataflow[]
  readonly told: readonly Told[]
}

/** One membership at one solution by one flow. */
interface Place {
  readonly segment: string
  readonly dataflow: Dataflow
  readonly solution: string
}

/**
 * What arrived of a profile in each solution, segment by segment.
 * @returns undefined where there is no such profile
 */
export async function viewExports(
  sandbox: Sandbox,
  profileKey: ProfileKey,
  partition: number,
  wanted: ExportsWanted,
): Promise<object | undefined> {
  const subject = await subjectOf(sandbox, profileKey, partition, wanted.flowId)
  if (subject === undefined) return undefined
  const all = wanted.segment === undefined ? exportedSegments(subject) : [wanted.segment]
  const { after } = wanted
  const left = after === undefined ? all : all.filter((segment) => segment > after)
  const shown = left.slice(0, wanted.limit)
  const exports = await exportsOf(subject, shown)
  return {
    sandbox: sandbox.name,
    profileKey,
    condition: profileStates[subject.profile?.condition ?? codes.Forgotten],
    segments: shown.map((segment) => ({
      segment,
      ...membershipOf(subject, segment),
      exports: exports.get(segment) ?? [],
    })),
    ...(left.length > shown.length ? { next: shown.at(-1) } : {}),
  }
}

async function subjectOf(
  sandbox: Sandbox,
  profileKey: ProfileKey,
  partition: number,
  flowId: string | undefined,
): Promise<Subject | undefined> {
  const { store, dataflows } = sandbox.ports
  const [[packed], { segments }, allFlows] = await Promise.all([
    store.load(partition, [profileKey]),
    store.open(partition),
    dataflows.list(),
  ])
  // Whether there is such a profile does not depend on the flow that is asked for.
  const allTold = await entriesOf(sandbox, profileKey, partition, allFlows)
  if (packed === undefined && allTold.length === 0) return undefined
  const flows = allFlows.filter(({ id }) => flowId === undefined || id === flowId)
  return {
    sandbox,
    profileKey,
    partition,
    profile: packed === undefined ? undefined : unpackProfile(profileKey, packed),
    indexOf: new Map(segments.map((segment, index) => [segment, index])),
    flows,
    told: allTold.filter(({ dataflow }) => flowId === undefined || dataflow === flowId),
  }
}

/** Segments of the profile that a flow activates, and those that a solution was told of, sorted. */
function exportedSegments({ profile, indexOf, flows, told }: Subject): readonly string[] {
  const found: string[] = []
  for (const [segment, index] of indexOf) {
    const isMembership = profile !== undefined && membershipOffset(profile, index) >= 0
    const isActivated = flows.some(({ segments }) => segments[segment] !== undefined)
    const isTold = told.some(({ entry }) => entry.records.has(index) || entry.doubts.has(index))
    if ((isMembership && isActivated) || isTold) found.push(segment)
  }
  return found.toSorted()
}

function membershipOf(
  { profile, indexOf }: Subject,
  segment: string,
): { readonly membership?: object } {
  const index = indexOf.get(segment)
  if (profile === undefined || index === undefined) return {}
  const at = membershipOffset(profile, index)
  return at < 0 ? {} : { membership: membershipView(profile, at) }
}

async function exportsOf(
  subject: Subject,
  segments: readonly string[],
): Promise<ReadonlyMap<string, readonly object[]>> {
  const { sandbox, told, indexOf, flows } = subject
  const names = new Set(flows.flatMap(({ solutions }) => solutions))
  const records = told.flatMap(({ solution, entry }) =>
    segments.flatMap((segment) => {
      const record = entry.records.get(indexOf.get(segment) ?? -1)
      return record === undefined ? [] : [{ solution, record }]
    }),
  )
  const [lookups, descriptions] = await Promise.all([
    sentLookups(sandbox, records),
    descriptionsOf(sandbox, [...names]),
  ])
  const views = await Promise.all(
    flows.flatMap((dataflow) =>
      dataflow.solutions.map(async (solution) => {
        const [letters, counterparts] = await Promise.all([
          lettersOf(subject, dataflow, solution, segments),
          counterpartsOf(subject, dataflow, solution, segments),
        ])
        return segments.map((segment, at) => ({
          segment,
          view: exportView(
            subject,
            { segment, dataflow, solution },
            {
              lookups,
              description: descriptions.get(solution),
              deadLetter: letters[at],
              counterpart: counterparts[at],
            },
          ),
        }))
      }),
    ),
  )
  const bySegment = Map.groupBy(views.flat(), ({ segment }) => segment)
  return new Map(Array.from(bySegment, ([segment, own]) => [segment, own.map(({ view }) => view)]))
}

async function descriptionsOf(
  { ports }: Sandbox,
  solutions: readonly string[],
): Promise<ReadonlyMap<string, SolutionDescription | undefined>> {
  return new Map(
    await Promise.all(
      solutions.map(async (name) => [name, await ports.records.description(name)] as const),
    ),
  )
}

async function lettersOf(
  { sandbox, partition, profileKey, indexOf }: Subject,
  { id }: Dataflow,
  solution: string,
  segments: readonly string[],
): Promise<readonly (DeadLetter | undefined)[]> {
  const known = segments.filter((segment) => indexOf.has(segment))
  const indices = known.map((segment) => indexOf.get(segment) ?? 0)
  const letters = await sandbox.ports.ledger.deadLettersOf(
    partition,
    id,
    solution,
    profileKey,
    indices,
  )
  return segments.map((segment) => letters[known.indexOf(segment)])
}

function counterpartsOf(
  { sandbox }: Subject,
  { id }: Dataflow,
  solution: string,
  segments: readonly string[],
): Promise<readonly (Counterpart | undefined)[]> {
  const { counterparts } = sandbox.ports
  return Promise.all(segments.map((segment) => counterparts.get(solution, id, segment)))
}

function exportView(
  { sandbox, profile, profileKey, indexOf, told }: Subject,
  { segment, dataflow, solution }: Place,
  found: {
    readonly lookups: SentLookups
    readonly description: SolutionDescription | undefined
    readonly deadLetter: DeadLetter | undefined
    readonly counterpart: Counterpart | undefined
  },
): object {
  const { lookups, description, deadLetter, counterpart } = found
  const nowMs = sandbox.ports.clock.nowMs()
  const index = indexOf.get(segment)
  const entry = told.find((one) => one.dataflow === dataflow.id && one.solution === solution)?.entry
  const record = index === undefined ? undefined : entry?.records.get(index)
  const sent = record === undefined ? undefined : sentView({ solution, record }, lookups)
  const inDoubt = index !== undefined && entry?.doubts.has(index) === true
  const verdict = exportVerdict({
    nowMs,
    profile,
    profileKey,
    segment: index,
    segmentName: segment,
    dataflow,
    solution,
    description,
    record,
    applied: sent?.applied ?? false,
    inDoubt,
    // Doubts are noted with the claim: a delivery of other segments is none of this one.
    sending: inDoubt && (entry?.claimedUntilMs ?? 0) > nowMs,
    generation: counterpart?.remoteId === undefined ? undefined : counterpart.generation,
    deadLetter,
  })
  const { status = 'none', ...rest } = sent ?? {}
  const isActivated = dataflow.segments[segment]?.solutions.includes(solution) === true
  return {
    flow: dataflow.id,
    solution,
    ...verdict,
    told: status,
    ...rest,
    ...(deadLetter === undefined ? {} : { deadLetter: letterView(deadLetter) }),
    counterpart: counterpartView(counterpart, {
      name: dataflow.segments[segment]?.name ?? '',
      isWanted: isActivated,
    }),
  }
}

function letterView({ code, detail, atMs, attempts }: DeadLetter): object {
  return { code, detail, at: timeOf(atMs), attempts }
}
