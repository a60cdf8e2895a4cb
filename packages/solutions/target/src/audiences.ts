import { failed, misconfigured, refusal, remoteSegmentId } from '@segue/solution-kit'
import type { Refusal, RemovalReceipt, SegmentReceipt } from '@segue/solution-kit'
import type { Segment } from '@segue/model'
import { unreadable } from './admin-client.ts'
import type { CallAdmin } from './admin-client.ts'
import { audienceShape, listAudiences } from './audience-list.ts'
import type { Audience } from './audience-list.ts'
import { audienceObjects } from './audience-objects.ts'
import { audienceNames } from './audience-name.ts'
import { attributeName } from './attribute-name.ts'
import { audienceGone, audienceInUse } from './codes.ts'

/** The counterparts of segments: audiences of the Admin API. */
export interface Audiences {
  readonly ensure: (segment: Segment, displayName: string) => Promise<SegmentReceipt>
  readonly rename: (
    segment: Segment,
    remoteId: string,
    displayName: string,
  ) => Promise<SegmentReceipt>
  readonly remove: (segment: Segment, remoteId: string) => Promise<RemovalReceipt>
}

type Made =
  | { readonly kind: 'made'; readonly audience: Audience }
  | { readonly kind: 'refused'; readonly conflict: boolean; readonly refusal: Refusal }

/**
 * Keeps one audience a segment, which tests the segment's attribute (`reference/solutions.md` §5.3). Its description is the segment's remote id: by that it is found
 * before it is made. Calls that make or rename wait for each other, so that two segments of one name see each other's.
 */
export function audiences(
  call: CallAdmin,
  place: { readonly workspace: string | undefined; readonly namePrefix: string },
): Audiences {
  let last: Promise<unknown> = Promise.resolve()
  return {
    ensure: (segment, displayName) => inTurn(() => ensure(segment, displayName)),
    rename: (segment, remoteId, displayName) =>
      inTurn(() => rename(segment, remoteId, displayName)),
    remove: (segment, remoteId) => remove(segment, remoteId),
  }

  function inTurn<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = last.then(task)
    last = result.catch(() => undefined)
    return result
  }

  async function ensure(segment: Segment, displayName: string): Promise<SegmentReceipt> {
    const listed = await listAudiences(call)
    if (listed.kind === 'refused') return listed.refusal
    const [found] = ownersOf(segment, listed.audiences)
    if (found !== undefined) return ready(segment, found)

    const name = freeName(segment, displayName, listed.audiences)
    if (name === undefined) return nameTaken
    let made = await create(segment, name)
    if (made.kind === 'refused' && made.conflict) {
      // Somebody may have taken the name since, or made this very audience.
      const again = await listAudiences(call)
      if (again.kind === 'refused') return again.refusal
      const [other] = ownersOf(segment, again.audiences)
      if (other !== undefined) return ready(segment, other)
      const second = freeName(segment, displayName, again.audiences)
      if (second === undefined) return nameTaken
      if (second !== name) made = await create(segment, second)
    }
    if (made.kind === 'refused') return made.refusal

    // Another process may have made one at the same time: both keep the one with the smaller id.
    const after = await listAudiences(call)
    if (after.kind === 'refused') return after.refusal
    const [first] = ownersOf(segment, after.audiences)
    const { audience } = made
    if (first === undefined || first.id === audience.id) return ready(segment, audience)
    const removed = await remove(segment, `${audience.id}`)
    return removed.status === 'removed' ? ready(segment, first) : removed
  }

  async function create(segment: Segment, name: string): Promise<Made> {
    const json = {
      name,
      description: remoteSegmentId(segment),
      ...(place.workspace === undefined ? {} : { workspace: place.workspace }),
      targetRule: { and: [{ profile: attributeName(segment), equals: ['realized'] }] },
    }
    const outcome = await call({ method: 'POST', path: 'audiences', json })
    if (outcome.kind !== 'answer') {
      const status = outcome.kind === 'refused' ? outcome.status : undefined
      const conflict = status === 400 || status === 409
      // Everything else in the body is of a form that Target documents.
      const place400 = status === 400 && place.workspace !== undefined
      return { kind: 'refused', conflict, refusal: place400 ? workspaceRefused : outcome.refusal }
    }
    const made = audienceShape.safeParse(outcome.body)
    if (!made.success) return { ...unreadable, conflict: false }
    // The answer need not repeat what was sent.
    return { kind: 'made', audience: { workspace: place.workspace, ...made.data, name } }
  }

  async function rename(
    segment: Segment,
    remoteId: string,
    displayName: string,
  ): Promise<SegmentReceipt> {
    if (!isAudienceId(remoteId)) return remoteIdInvalid
    const listed = await listAudiences(call)
    if (listed.kind === 'refused') return listed.refusal
    const own = listed.audiences.find(({ id }) => `${id}` === remoteId)
    if (own === undefined) return audienceGone
    const others = listed.audiences.filter((one) => one !== own)
    const name = freeName(segment, displayName, others)
    if (name === undefined) return nameTaken
    if (own.name === name) return ready(segment, own)
    const path = `audiences/${remoteId}`
    const outcome = await call({ method: 'PATCH', path, json: { name } })
    if (outcome.kind === 'gone') return audienceGone
    return outcome.kind === 'answer' ? ready(segment, { ...own, name }) : outcome.refusal
  }

  async function remove(segment: Segment, remoteId: string): Promise<RemovalReceipt> {
    if (!isAudienceId(remoteId)) return remoteIdInvalid
    const outcome = await call({ method: 'DELETE', path: `audiences/${remoteId}` })
    if (outcome.kind === 'refused') {
      return inUse.has(outcome.status ?? 0) ? audienceInUse : outcome.refusal
    }
    const remains = `profiles keep the attribute ${attributeName(segment)} until Target forgets them`
    return { status: 'removed', remains }
  }

  function ownersOf(segment: Segment, all: readonly Audience[]): readonly Audience[] {
    const id = remoteSegmentId(segment)
    const own = all.filter((one) => one.description?.trim() === id && inPlace(one))
    return own.toSorted((left, right) => left.id - right.id)
  }

  function inPlace({ workspace }: Audience): boolean {
    return place.workspace === undefined || (workspace ?? place.workspace) === place.workspace
  }

  function freeName(
    segment: Segment,
    displayName: string,
    others: readonly Audience[],
  ): string | undefined {
    // Whether Target tells names apart by case is not documented.
    const taken = new Set(others.map(({ name }) => name?.toLowerCase()))
    const names = audienceNames(place.namePrefix, displayName, remoteSegmentId(segment))
    return names.find((name) => !taken.has(name.toLowerCase()))
  }
}

/** Target documents that it refuses to delete an audience in use, not how [I]: the call has nothing else in it to refuse. */
const inUse: ReadonlySet<number> = new Set([400, 409, 412, 422, 423])

function isAudienceId(remoteId: string): boolean {
  return /^[1-9]\d{0,15}$/.test(remoteId)
}

function ready(segment: Segment, audience: Audience): SegmentReceipt {
  const objects = audienceObjects(segment, audience)
  return { status: 'ready', remoteId: `${audience.id}`, objects }
}

const remoteIdInvalid = refusal(
  'REMOTE_ID_INVALID',
  failed,
  'the segment’s remote id is not an audience id',
)
const nameTaken = refusal(
  'AUDIENCE_NAME_TAKEN',
  misconfigured('audienceNamePrefix'),
  'both names of the segment’s audience are taken by others: change the prefix',
)
const workspaceRefused = refusal(
  'WORKSPACE_REFUSED',
  misconfigured('workspace'),
  'Target does not take an audience there: check the id of the workspace, and that it has room for more',
)
