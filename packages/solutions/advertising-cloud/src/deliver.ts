import { failed, excluded, refusal, retryRow, segmentGone, worstReceipt } from '@segue/solution-kit'
import type { Delivery, Receipt, Refusal } from '@segue/solution-kit'
import { remoteIdKind } from './external-segment-key.ts'
import type { Stream } from './firehose.ts'
import { identityField } from './identity-field.ts'
import { membershipKey, membershipLine, planMemberships } from './membership-line.ts'
import type { CheckedRow } from './membership-line.ts'
import { putBatches } from './put-batches.ts'
import type { AdvertisingCloudSettings } from './settings.ts'

/**
 * Delivers rows: one line an identity, each identity and segment once, in as few calls as the bounds allow; one receipt a row, in order: the worst of its lines.
 * The calls follow each other, so that what one of them learns (the stream is throttled, a key is refused) spares the rest.
 */
export async function deliverRows(
  rows: readonly Delivery[],
  stream: Stream,
  settings: AdvertisingCloudSettings,
  nowMs: number,
): Promise<readonly Receipt[]> {
  const checked = rows.map((row) => check(row, settings))
  const memberships = planMemberships(checked.filter((one) => 'fields' in one))
  const records = memberships.map((membership) => ({
    key: membership.key,
    bytes: Buffer.from(membershipLine(membership, settings, nowMs)),
  }))
  const receipts = new Map<string, Receipt>()
  let paused: Refusal | undefined
  for (const batch of putBatches(records, ({ bytes }) => bytes.length)) {
    const outcome =
      paused === undefined
        ? await stream.put(batch.map(({ bytes }) => bytes))
        : ({ kind: 'refused', refusal: paused } as const)
    for (const [index, { key }] of batch.entries()) {
      const receipt = outcome.kind === 'refused' ? outcome.refusal : outcome.receipts[index]
      if (receipt !== undefined) receipts.set(key, receipt)
    }
    if (outcome.kind === 'refused') paused ??= pauseOf(outcome.refusal)
  }
  return checked.map((one) => ('fields' in one ? receiptOf(one, receipts) : one))
}

/** What holds for everything that is not sent any more because of a refusal; undefined where the next call may fare better. */
function pauseOf(because: Refusal): Refusal | undefined {
  if (because.status === 'misconfigured') return because
  if (because.status !== 'retry' || because.scope !== 'solution') return undefined
  return { ...because, inDoubt: false }
}

function check(row: Delivery, settings: AdvertisingCloudSettings): CheckedRow | Refusal {
  const kind = remoteIdKind(row.remoteId, settings.sourceKey)
  if (kind === 'invalid') {
    return refusal('REMOTE_ID_INVALID', failed, 'the row’s remote id is no External Segment Key')
  }
  if (kind === 'other-source') {
    return refusal(segmentGone, retryRow(0, false), 'the segment was mapped for another Source Key')
  }
  const found = [...new Set(row.identities)].map((one) => identityField(one, settings.identities))
  const fields = found.filter((one) => typeof one === 'object')
  if (fields.length > 0) return { row, fields }
  return found.includes('malformed')
    ? refusal('IDENTITY_INVALID', failed, 'no identity of the row has the form that it needs')
    : refusal('NO_IDENTITY', excluded, 'the profile has no identity that is sent to Advertising')
}

function receiptOf({ row, fields }: CheckedRow, receipts: ReadonlyMap<string, Receipt>): Receipt {
  const [first, ...others] = fields.map(
    (field) => receipts.get(membershipKey(row, field)) ?? noReceipt,
  )
  return worstReceipt([first ?? noReceipt, ...others])
}

/** Every line of a row is in some call, and every call has an outcome. */
const noReceipt: Receipt = refusal('LINE_MISSING', failed, 'a fault of the adapter')
