import { expect, test } from 'vitest'
import { failed, refusal, retryRow } from '@segue/solution-kit'
import type { Delivery, Receipt } from '@segue/solution-kit'
import type { BulkOutcome } from './bulk-updates.ts'
import { deliverRows } from './deliver.ts'
import type { Senders } from './deliver.ts'
import type { ProfileState } from './profile-state.ts'

const ways = { bulk: 'email_lc_sha256', delivery: 'ECID' }

function row(...identities: string[]): Delivery {
  const state = [{ segment: 'ups:a', status: 'realized' }] as const
  return { identities, segment: 'ups:a', remoteId: '1', status: 'realized', revisionMs: 1, state }
}

/** Senders that answer by the id. */
function senders(
  bulk: Readonly<Record<string, BulkOutcome>>,
  ecids: Readonly<Record<string, Receipt>> = {},
): Senders {
  return { bulk: by(bulk), ecids: by(ecids) }
}

function by<Outcome>(outcomes: Readonly<Record<string, Outcome>>) {
  return (states: readonly ProfileState[]) => {
    const found = new Map<ProfileState, Outcome>()
    for (const state of states) {
      const outcome = outcomes[state.id]
      if (outcome !== undefined) found.set(state, outcome)
    }
    return Promise.resolve(found)
  }
}

const accepted = (batchId: string | undefined): BulkOutcome => ({ status: 'accepted', batchId })
const applied: Receipt = { status: 'delivered', applied: true, requestId: 'r' }

test('a row that went both ways is applied once its batch is', async () => {
  const rows = [row('email_lc_sha256:e', 'ECID:1'), row('ECID:1')]
  const receipts = await deliverRows(rows, ways, senders({ e: accepted('b1') }, { 1: applied }))
  expect(receipts).toEqual([
    { status: 'delivered', applied: false, requestId: 'b1', follow: 'b1' },
    applied,
  ])
})

test('the worse way is the row’s receipt', async () => {
  const busy = refusal('TARGET_FAILED', retryRow(5_000, true))
  const bad = refusal('DELIVERY_INVALID', failed)
  const rows = [row('email_lc_sha256:e', 'ECID:1'), row('email_lc_sha256:f', 'ECID:2')]
  const outcomes = senders({ e: accepted('b1'), f: busy }, { 1: bad, 2: applied })
  expect(await deliverRows(rows, ways, outcomes)).toEqual([bad, busy])
})

test('an identity that was not taken is not covered by one that was', async () => {
  const busy = refusal('TARGET_FAILED', retryRow(5_000, true))
  const two = row('email_lc_sha256:e', 'email_lc_sha256:f')
  const outcomes = senders({ e: accepted('b1'), f: busy })
  expect(await deliverRows([two], ways, outcomes)).toEqual([busy])
})

test('two identities in two batches are followed together; one that cannot be asked about is not followed', async () => {
  const two = row('email_lc_sha256:e', 'email_lc_sha256:f')
  const [both] = await deliverRows([two], ways, senders({ e: accepted('b1'), f: accepted('b2') }))
  expect(both).toMatchObject({ applied: false, follow: 'b1,b2' })
  const unread = senders({ e: accepted('b1'), f: accepted(undefined) })
  const [half] = await deliverRows([two], ways, unread)
  expect(half).toMatchObject({ status: 'delivered', applied: false })
  expect(half).not.toHaveProperty('follow')
})

test('no rows make no call', async () => {
  const none: Senders = {
    bulk: (states) => Promise.resolve(new Map(states.map((state) => [state, accepted('x')]))),
    ecids: (states) => Promise.resolve(new Map(states.map((state) => [state, applied]))),
  }
  expect(await deliverRows([], ways, none)).toEqual([])
})
