import { hash } from 'node:crypto'
import { misconfigured, refusal, remoteName, remoteSegmentId } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import type { Segment } from '@segue/model'

/** The longest label given, in UTF-16 units. Campaign documents no bound (interpretation). */
export const maxLabel = 128

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * The internal name of a segment's service or group: the segment's id in characters that an internal name may have. It never
 * changes, so it is the remote id. Ids that are no UUID of the Segmentation Service get a hash behind them, because cleaning
 * could make two of them one.
 */
export function counterpartName(prefix: string, segment: Segment): string {
  const id = remoteSegmentId(segment)
  if (uuid.test(id)) return `${prefix}${id.replaceAll('-', '_')}`
  const readable = id.replaceAll(/[^A-Za-z0-9]+/g, '_').slice(0, 24)
  return `${prefix}${readable}_${hash('sha256', id).slice(0, 16)}`
}

/** Whether a row's remote id can be an internal name at all. */
export function isCounterpartName(remoteId: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(remoteId)
}

/** The label of a service or group: what people read. */
export function counterpartLabel(displayName: string, segment: Segment): string {
  return remoteName({
    // Not allowed in XML, and of no use in a name.
    displayName: displayName.replaceAll(/\p{Noncharacter_Code_Point}/gu, ' '),
    remoteSegmentId: remoteSegmentId(segment),
    maxLength: maxLabel,
  })
}

/**
 * Whether a service or group of the right name is the segment's: its description starts with the segment's id, as it was made,
 * or somebody emptied it. Another description: the name was taken by something else.
 */
export function isOwn(description: string | undefined, segment: Segment): boolean {
  const text = description?.trim() ?? ''
  const id = remoteSegmentId(segment)
  return text === '' || text === id || text.startsWith(`${id} `) || text.startsWith(`${id}\n`)
}

/** The receipt where the counterpart's name belongs to something else. */
export const nameTaken: Refusal = refusal(
  'NAME_TAKEN',
  misconfigured('namePrefix'),
  'the segment’s internal name belongs to something else in Campaign: choose another prefix',
)
