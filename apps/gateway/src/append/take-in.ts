import type { Submission } from './append-groups.ts'
import type { BodyReader } from '../body/body-format.ts'
import { readCost } from '../body/read-cost.ts'
import type { Room } from '../body/room.ts'
import { Problem } from '../problem.ts'
import { submitUpdates, type Finding } from './submit-updates.ts'

/** A body that was read and checked, and whose updates are on their way into the log. */
export interface TakenIn {
  readonly submission: Submission
  readonly accepted: number
  readonly rejected: number
  /** Code → how many updates were refused for it, and how many parts were left out for it. */
  readonly rejections: ReadonlyMap<string, number>
  readonly warnings: ReadonlyMap<string, number>
  /** The answer's JSON. Outside of the heap: it may list thousands of updates, and wait for a slow sender. */
  readonly answer: Buffer
}

/**
 * Reads a body and submits its updates. What that takes of memory has room in `room`, so that however many bodies come at once,
 * few of them are objects at the same time.
 *
 * @param open begins the submission, once there is something to submit
 * @param proceed asked now and then; throws where there is no point in going on
 * @throws Problem what reading throws, TOO_MANY_UPDATES, PAYLOAD_TOO_LARGE, and what `proceed` throws
 */
export function takeIn(
  body: Buffer,
  { read, format }: BodyReader,
  {
    room,
    updatesMax,
    nowMs,
    open,
    proceed,
  }: {
    readonly room: Room
    readonly updatesMax: number
    readonly nowMs: () => number
    readonly open: () => Submission
    readonly proceed: () => void
  },
): Promise<TakenIn> {
  return room.take(readCost(body, format, updatesMax, room.bytesMax / 16), async () => {
    proceed()
    const updates = read(body)
    if (updates.count > updatesMax) {
      throw new Problem('TOO_MANY_UPDATES', `the body holds more than ${updatesMax} updates`)
    }
    const submission = open()
    const submitted = await submitUpdates(updates, submission, nowMs(), proceed)
    const { accepted, rejected, warnings } = submitted
    const answer = { accepted, rejected, ...(warnings.length > 0 ? { warnings } : {}) }
    return {
      submission,
      accepted,
      rejected: rejected.length,
      rejections: countedByCode(rejected),
      warnings: countedByCode(warnings),
      answer: Buffer.from(JSON.stringify(answer)),
    }
  })
}

function countedByCode(findings: readonly Finding[]): ReadonlyMap<string, number> {
  const counted = new Map<string, number>()
  for (const { code } of findings) counted.set(code, (counted.get(code) ?? 0) + 1)
  return counted
}
