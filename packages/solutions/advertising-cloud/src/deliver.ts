import { excluded, failed, refusal, retryRow, segmentGone, worstReceipt } from '@segue/solution-kit'
import type { Delivery, Receipt, Refusal } from '@segue/solution-kit'
import { remoteIdKind } from './external-segment-key.ts'
import type { Stream } from './firehose.ts'
import { identityField } from './identity-field.ts'
import { membershipKey, membershipLine, planMemberships } from './membership-line.ts'
import type { CheckedRow } from './membership-line.ts'
import { putBatches } from './put-batches.ts'
import type { AdvertisingCloudSettings } from './settings.ts'
import type { TakenLines } from './taken-lines.ts'

/** A line of this delivery. */
interface PlannedLine {
  /** By `membershipKey`. */
  readonly key: string
  readonly text: string
}

/**
 * Delivers rows: one line an identity, each identity and segment once, in as few calls as the bounds allow; one receipt a row, in order: the worst of its lines.
 * @param taken what earlier deliveries got in of rows that are not done; updated
 */
export async function deliverRows(
  rows: readonly Delivery[],
  stream: Stream,
  taken: TakenLines,
  settings: AdvertisingCloudSettings,
  nowMs: number,
): Promise<readonly Receipt[]> {
  const checked = rows.map((row) => check(row, settings))
  const sendable = checked.filter((one) => 'fields' in one)
  const lines = planMemberships(sendable).map((membership) => ({
    key: membership.key,
    text: membershipLine(membership, settings, nowMs),
  }))
  const outcomes = new Map<string, Receipt>()
  for (const { key, text } of lines) {
    const known = taken.get(text)
    if (known !== undefined) outcomes.set(key, known)
  }
  await send(
    lines.filter(({ key }) => !outcomes.has(key)),
    stream,
    outcomes,
  )
  const receipts = checked.map((one) => ('fields' in one ? receiptOf(one, outcomes) : one))
  remember(taken, lines, outcomes, openKeys(checked, receipts))
  return receipts
}

/** Sends lines call by call, so that what one call learns (the stream is throttled, a key is refused) spares the rest. */
async function send(
  lines: readonly PlannedLine[],
  stream: Stream,
  outcomes: Map<string, Receipt>,
): Promise<void> {
  const records = lines.map(({ key, text }) => ({ key, bytes: Buffer.from(text) }))
  let paused: Refusal | undefined
  for (const batch of putBatches(records, ({ bytes }) => bytes.length)) {
    const outcome =
      paused === undefined
        ? await stream.put(batch.map(({ bytes }) => bytes))
        : ({ kind: 'refused', refusal: paused } as const)
    for (const [index, { key }] of batch.entries()) {
      const receipt = outcome.kind === 'refused' ? outcome.refusal : outcome.receipts[index]
      if (receipt !== undefined) outcomes.set(key, receipt)
    }
    if (outcome.kind === 'refused') paused ??= pauseOf(outcome.refusal)
  }
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

function keysOf({ row, fields }: CheckedRow): readonly string[] {
  return fields.map((field) => membershipKey(row, field))
}

function receiptOf(one: CheckedRow, outcomes: ReadonlyMap<string, Receipt>): Receipt {
  const [first, ...others] = keysOf(one).map((key) => outcomes.get(key) ?? noReceipt)
  return worstReceipt([first ?? noReceipt, ...others])
}

/** Every line of a row is in some call, and every call has an outcome. */
const noReceipt: Receipt = refusal('LINE_MISSING', failed, 'a fault of the adapter')

/** Keys of lines that a row which is to be repeated still counts on. */
function openKeys(
  checked: readonly (CheckedRow | Refusal)[],
  receipts: readonly Receipt[],
): ReadonlySet<string> {
  const open = new Set<string>()
  for (const [index, one] of checked.entries()) {
    if (!('fields' in one) || receipts[index]?.status === 'delivered') continue
    for (const key of keysOf(one)) open.add(key)
  }
  return open
}

function remember(
  taken: TakenLines,
  lines: readonly PlannedLine[],
  outcomes: ReadonlyMap<string, Receipt>,
  open: ReadonlySet<string>,
): void {
  for (const { key, text } of lines) {
    const outcome = outcomes.get(key)
    if (outcome?.status === 'delivered' && open.has(key)) taken.set(text, outcome)
    else taken.delete(text)
  }
}
