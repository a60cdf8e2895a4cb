import { concurrently, notInDoubt, worstReceipt } from '@segue/solution-kit'
import type { Delivery, Receipt, Refusal } from '@segue/solution-kit'
import { checkRow, isRefusal } from './check-row.ts'
import type { CheckedRow } from './check-row.ts'
import { followOf } from './follow.ts'
import type { FollowedFile } from './follow.ts'
import type { HitWriter } from './hit-file.ts'
import { collate, hitKey } from './hits.ts'
import type { Hit } from './hits.ts'
import type { HitOutcome, SendGroup } from './send-group.ts'
import type { AnalyticsSettings } from './settings.ts'
import { groupName } from './visitor.ts'

/**
 * Makes the function that delivers rows as hits: a row is one for each of its visitors, and is done when all of them are in a file that Analytics
 * took. Taken is not applied: hits show in reports later, see `fileFollow`.
 */
export function hitDelivery(options: {
  readonly send: SendGroup
  readonly writer: HitWriter
  readonly settings: AnalyticsSettings
}): (rows: readonly Delivery[]) => Promise<readonly Receipt[]> {
  const { send, writer, settings } = options

  return async (rows) => {
    const checked = rows.map((row) => checkRow(row, settings))
    const good = checked.filter((one): one is CheckedRow => !isRefusal(one))
    const outcomes = await sendAll(collate(good, settings.visitorGroups))
    return checked.map((one) => (isRefusal(one) ? one : receiptOf(one, outcomes)))
  }

  async function sendAll(
    groups: ReadonlyMap<number, readonly Hit[]>,
  ): Promise<ReadonlyMap<string, HitOutcome>> {
    const outcomes = new Map<string, HitOutcome>()
    let paused: Refusal | undefined
    await concurrently([...groups], settings.maxConcurrentUploads, async ([group, hits]) => {
      if (paused !== undefined) {
        for (const { key } of hits) outcomes.set(key, { kind: 'refused', refusal: paused })
        return
      }
      const name = groupName(settings, group)
      await send(name, hits.map(writer.write), (key, outcome) => {
        outcomes.set(key, outcome)
        if (outcome.kind === 'refused') paused ??= pauseOf(outcome.refusal)
      })
    })
    return outcomes
  }
}

/** One receipt for a row: what its visitors' hits came to, also where a newer row spoke for them. */
function receiptOf(
  { visitors, segmentId }: CheckedRow,
  outcomes: ReadonlyMap<string, HitOutcome>,
): Receipt {
  const files = new Map<string, FollowedFile>()
  const parts = visitors.flatMap((visitor): readonly Receipt[] => {
    const outcome = outcomes.get(hitKey(visitor, segmentId))
    if (outcome === undefined) return []
    if (outcome.kind === 'refused') return [outcome.refusal]
    files.set(outcome.file.key, outcome.file)
    const id = outcome.fileId === undefined ? {} : { requestId: outcome.fileId }
    return [{ status: 'delivered', applied: false, ...id }]
  })
  const [first, ...others] = parts
  // Every hit of a group that was sent is settled; a row without one would be a fault of this adapter.
  if (first === undefined) throw new Error('a row has no outcome')
  const receipt = worstReceipt([first, ...others])
  return receipt.status === 'delivered'
    ? { ...receipt, follow: followOf([...files.values()]) }
    : receipt
}

/** What stops the groups that have not begun: a wrong setting, or the solution's wish to be left alone. */
function pauseOf(because: Refusal): Refusal | undefined {
  const whole =
    because.status === 'misconfigured' ||
    (because.status === 'retry' && because.scope === 'solution')
  return whole ? notInDoubt(because) : undefined
}
