import type { MembershipUpdate } from './profile-update.ts'
import { hasReservedKey, isOpenMap, isRecord, reservedKey } from './record.ts'
import { rejected, reservedKeyIn } from './rejected.ts'
import type { Rejected } from './rejected.ts'
import { SegmentNames } from './segment-name.ts'
import { latestMs, readTime } from './update-time.ts'

/**
 * Memberships an update may carry. Real ones carry a handful; the bound keeps one step of a profile
 * short.
 */
export const maxMemberships = 1_000

/**
 * Reads `segmentMembership`: namespace to segment id to membership (`reference/platform.md` §1.1).
 * One membership that is not valid rejects the update, since leaving it out would tell solutions
 * half of what was said.
 *
 * @param found where the memberships go, in the order of the map
 */
export function readSegmentMembership(
  value: unknown,
  nowMs: number,
  found: MembershipUpdate[],
): Rejected | undefined {
  if (value === undefined) return undefined
  if (!isOpenMap(value)) {
    return rejected(
      'MEMBERSHIP_MAP_INVALID',
      'segmentMembership must be an object: namespace to segments',
    )
  }
  const latest = latestMs(nowMs)
  for (const name in value) {
    if (name === reservedKey) return reservedKeyIn('segmentMembership')
    const namespace = segmentNames.namespace(name)
    if (namespace === undefined) {
      return rejected(
        'SEGMENT_INVALID',
        'segmentMembership has a namespace that cannot name segments',
      )
    }
    const segments = value[name]
    if (!isOpenMap(segments)) {
      return rejected('MEMBERSHIP_MAP_INVALID', `segmentMembership ${name} must be an object`)
    }
    for (const id in segments) {
      if (id === reservedKey) return reservedKeyIn(`segmentMembership ${name}`)
      const segment = segmentNames.segment(namespace, id)
      if (segment === undefined) {
        return rejected(
          'SEGMENT_INVALID',
          `segmentMembership ${name} has an id that cannot name a segment`,
        )
      }
      if (found.length === maxMemberships) {
        return rejected('MEMBERSHIP_LIMIT', `more than ${maxMemberships} memberships`)
      }
      const membership = readMembership(segment, segments[id], latest)
      if ('ok' in membership) return membership
      found.push(membership)
    }
  }
  return undefined
}

/**
 * Twice the segments of a partition's dictionary (design §5): room for what is in use and for
 * strays.
 */
const segmentNames = new SegmentNames(8_192)

function readMembership(
  segment: string,
  value: unknown,
  latest: number,
): MembershipUpdate | Rejected {
  if (!isRecord(value)) {
    return rejected('MEMBERSHIP_INVALID', `the membership of ${segment} must be an object`)
  }
  if (hasReservedKey(value)) return reservedKeyIn(`the membership of ${segment}`)
  const { status: given, lastQualificationTime, validUntil } = value
  const status = readStatus(given)
  if (status === undefined) {
    return rejected('STATUS_UNKNOWN', `status of ${segment} must be realized, existing or exited`)
  }
  const lastQualificationTimeMs = readTime(lastQualificationTime)
  if (lastQualificationTimeMs === undefined) {
    return rejected(
      'LAST_QUALIFICATION_TIME_INVALID',
      `lastQualificationTime of ${segment} must be a timestamp with a zone`,
    )
  }
  if (lastQualificationTimeMs > latest) {
    return rejected(
      'LAST_QUALIFICATION_TIME_AHEAD',
      `lastQualificationTime of ${segment} is more than 24 hours ahead`,
    )
  }
  if (validUntil === undefined) return { segment, status, lastQualificationTimeMs }
  const validUntilMs = readTime(validUntil)
  if (validUntilMs === undefined) {
    return rejected(
      'VALID_UNTIL_INVALID',
      `validUntil of ${segment} must be a timestamp with a zone`,
    )
  }
  return { segment, status, lastQualificationTimeMs, validUntilMs }
}

/**
 * `existing` was a member before and still is; it was retired in 2023 and reads as `realized`, the
 * schema's default.
 */
function readStatus(status: unknown): MembershipUpdate['status'] | undefined {
  switch (status) {
    case 'realized':
    case 'existing':
    case undefined:
      return 'realized'
    case 'exited':
      return 'exited'
    default:
      return undefined
  }
}
