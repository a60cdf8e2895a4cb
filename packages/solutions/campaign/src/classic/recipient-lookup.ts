import { batches, failed, halves, misconfigured, refusal } from '@segue/solution-kit'
import type { Refusal } from '@segue/solution-kit'
import type { Identity } from '@segue/model'
import { comparable, identityParts } from '../identity-value.ts'
import { executeQuery, literal } from './query.ts'
import type { CallSoap } from './soap-client.ts'

/** What is known of an identity's recipients: their ids, several where recipients share the value. */
export type Resolution =
  | { readonly kind: 'recipients'; readonly ids: readonly string[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** Values in one query; databases stop at 1,000 in an IN. */
const maxValues = 500
/** Lines of one answer: a query that fills it is cut, for some may be missing. */
const lineCount = 2_000

/**
 * Finds recipients by the attributes that hold identities (`reference/solutions.md` §4.2), 500 a query. Nothing is remembered: a write with
 * `_operation="none"` that matches nobody says nothing, so what counts is who is there now.
 */
export async function findRecipients(
  call: CallSoap,
  keys: Readonly<Record<string, string>>,
  identities: Iterable<Identity>,
): Promise<Map<Identity, Resolution>> {
  const found = new Map<Identity, Resolution>()
  const wanted = new Map<string, Identity[]>()
  for (const identity of identities) {
    const { namespace } = identityParts(identity)
    if (keys[namespace] === undefined) found.set(identity, { kind: 'recipients', ids: [] })
    else wanted.set(namespace, [...(wanted.get(namespace) ?? []), identity])
  }
  let stopped: Refusal | undefined
  for (const [namespace, all] of wanted) {
    const attribute = keys[namespace] ?? ''
    const limits = { maxCount: maxValues, maxBytes: Infinity, bytesOf: () => 0 }
    for (const batch of batches(all, limits)) {
      const answers =
        stopped === undefined
          ? await findBatch(call, namespace, attribute, batch)
          : forAll(batch, stopped)
      for (const [identity, resolution] of answers) {
        found.set(identity, resolution)
        if (resolution.kind === 'refused' && resolution.refusal.status !== 'rejected') {
          stopped ??= resolution.refusal
        }
      }
    }
  }
  return found
}

async function findBatch(
  call: CallSoap,
  namespace: string,
  attribute: string,
  identities: readonly Identity[],
): Promise<Map<Identity, Resolution>> {
  const values = identities.map((identity) => literal(identityParts(identity).value))
  const outcome = await executeQuery(call, {
    schema: 'nms:recipient',
    select: ['@id', `@${attribute}`],
    where: [`@${attribute} IN (${values.join(', ')})`],
    lineCount,
  })
  if (outcome.kind === 'fault') {
    const unusable = outcome.entry.class.kind === 'failed'
    return forAll(identities, unusable ? attributeUnusable(attribute) : outcome.refusal)
  }
  if (outcome.kind === 'refused') return forAll(identities, outcome.refusal)
  if (outcome.lines.length >= lineCount) {
    const parts = halves(identities)
    if (parts === undefined) return forAll(identities, sharedByTooMany)
    const left = await findBatch(call, namespace, attribute, parts[0])
    return new Map([...left, ...(await findBatch(call, namespace, attribute, parts[1]))])
  }
  const ids = new Map<string, string[]>()
  for (const line of outcome.lines) {
    const id = line['id'] ?? ''
    const value = comparable(namespace, line[attribute] ?? '')
    if (!/^\d{1,19}$/.test(id)) return forAll(identities, attributeUnusable('id'))
    ids.set(value, [...(ids.get(value) ?? []), id])
  }
  return new Map(
    identities.map((identity): [Identity, Resolution] => {
      const value = comparable(namespace, identityParts(identity).value)
      return [identity, { kind: 'recipients', ids: ids.get(value) ?? [] }]
    }),
  )
}

const sharedByTooMany = refusal(
  'PEOPLE_TOO_MANY',
  failed,
  'over 2,000 recipients share one identity: that is nobody’s',
)

function attributeUnusable(attribute: string): Refusal {
  return refusal(
    'ATTRIBUTE_UNUSABLE',
    misconfigured('keys'),
    `nms:recipient has no usable attribute ${attribute}`,
  )
}

function forAll(identities: readonly Identity[], because: Refusal): Map<Identity, Resolution> {
  return new Map(identities.map((identity) => [identity, { kind: 'refused', refusal: because }]))
}
