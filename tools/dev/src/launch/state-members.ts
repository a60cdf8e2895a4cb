import { desired, Segment, stride, UntilMs } from '@segue/profile'
import { namespaceOf } from '@segue/model'
import { unpackProfile } from '@segue/runtime'
import { partitionKeys, type RedisConnection } from '@segue/redis'
import type { Members } from '../report.ts'

/** Fields read at once. */
const scanCount = 1_000

/**
 * Who should be in which segment by the state, for a solution that takes some identity namespaces.
 *
 * @param redis answers with Buffers where asked to
 * @param namespaces of each solution
 * @returns members by segment (`namespace:id`), by solution
 */
export async function stateMembers(
  redis: RedisConnection,
  sandbox: string,
  partitionCount: number,
  namespaces: Readonly<Record<string, readonly string[]>>,
): Promise<ReadonlyMap<string, Members>> {
  const nowMs = Date.now()
  const members = new Map(
    Object.keys(namespaces).map((solution) => [solution, new Map<string, Set<string>>()]),
  )
  for (let partition = 0; partition < partitionCount; partition += 1) {
    const keys = partitionKeys(sandbox, partition)
    const dictionary = await redis.hgetall(keys.segments)
    let cursor = '0'
    do {
      const [next, fields] = await redis.hscanBuffer(keys.profiles, cursor, 'COUNT', scanCount)
      cursor = next.toString()
      for (let at = 0; at + 1 < fields.length; at += 2) {
        addProfile(members, namespaces, dictionary, fields[at]!.toString(), fields[at + 1]!, nowMs)
      }
    } while (cursor !== '0')
  }
  return members
}

function addProfile(
  members: ReadonlyMap<string, Map<string, Set<string>>>,
  namespaces: Readonly<Record<string, readonly string[]>>,
  dictionary: Readonly<Record<string, string>>,
  profileKey: string,
  packed: Buffer,
  nowMs: number,
): void {
  const profile = unpackProfile(profileKey, packed)
  for (let offset = 0; offset < profile.memberships.length; offset += stride) {
    const index = profile.memberships[offset + Segment]!
    const untilMs = profile.memberships[offset + UntilMs]!
    // What has ended must not wait for a timer of ours to count as ended: a timer that was lost would show nowhere.
    const ended = untilMs > 0 && untilMs <= nowMs
    if (ended || desired(profile, index).status !== 'realized') continue
    const segment = dictionary[index] ?? ''
    for (const [solution, bySegment] of members) {
      const taken = profile.identities.filter((identity) =>
        namespaces[solution]?.includes(namespaceOf(identity)),
      )
      const held = bySegment.get(segment) ?? new Set()
      bySegment.set(segment, held)
      for (const identity of taken) held.add(identity)
    }
  }
}
