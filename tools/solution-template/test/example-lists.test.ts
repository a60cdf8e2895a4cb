import { segmentGone } from '@segue/solution-kit'
import type { Delivery } from '@segue/solution-kit'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { exampleListsTrial, person } from './example-lists-trial.ts'
import type { ExampleListsTrial } from './example-lists-trial.ts'

// What is peculiar to the solution; what every adapter owes is in conformance.test.ts.

let trial: ExampleListsTrial
beforeEach(async () => {
  trial = await exampleListsTrial()
})
afterEach(() => trial.close())

const segment = 'ups:7841ba61-23c1-4bb3-a495-00d3a5fe1e93'

async function ready(): Promise<string> {
  const receipt = await trial.solution.ensureSegment(segment, 'Loyal buyers')
  if (receipt.status !== 'ready') throw new Error(receipt.code)
  return receipt.remoteId
}

function row(remoteId: string, identities: readonly string[], status: Delivery['status']) {
  return { identities, segment, remoteId, status, revisionMs: 1 }
}

test('a wrong secret names its setting, and the rows arrive once it is right', async () => {
  const remoteId = await ready()
  const wrong = trial.another({ clientSecret: 'not it' })
  const rows = [row(remoteId, person(1), 'realized')]
  expect(await wrong.deliver(rows)).toMatchObject([
    { status: 'misconfigured', setting: 'clientSecret', code: 'CREDENTIALS_REFUSED' },
  ])
  expect(await trial.members(segment)).toEqual([])
  expect(await trial.another({}).deliver(rows)).toEqual([{ status: 'delivered', applied: true }])
})

test('an add to a list that somebody deleted asks for it again, and a removal has nothing to do', async () => {
  const remoteId = await ready()
  trial.server.deleteList(segment.slice('ups:'.length))
  const receipts = await trial.solution.deliver([
    row(remoteId, person(1), 'realized'),
    row(remoteId, person(2), 'exited'),
  ])
  expect(receipts).toMatchObject([
    { status: 'retry', code: segmentGone, scope: 'row', inDoubt: false },
    { status: 'delivered', applied: true },
  ])
  expect(await trial.solution.renameSegment(segment, remoteId, 'Renamed')).toMatchObject({
    status: 'retry',
    code: segmentGone,
  })
  expect(await ready()).not.toBe(remoteId)
})

test('a profile with several hashes is there by those that are known', async () => {
  const remoteId = await ready()
  const stranger = `email_lc_sha256:${'d'.repeat(64)}`
  const rows = [row(remoteId, [stranger, ...person(1), ...person(2)], 'realized')]
  expect(await trial.solution.deliver(rows)).toEqual([{ status: 'delivered', applied: true }])
  expect(await trial.members(segment)).toEqual([...person(1), ...person(2)])
})

test('somebody unknown is excluded from an add, and a removal of them has nothing to do', async () => {
  const remoteId = await ready()
  const stranger = [`email_lc_sha256:${'d'.repeat(64)}`]
  expect(await trial.solution.deliver([row(remoteId, stranger, 'realized')])).toMatchObject([
    { status: 'rejected', kind: 'excluded', code: 'PERSON_UNKNOWN' },
  ])
  expect(await trial.solution.deliver([row(remoteId, stranger, 'exited')])).toEqual([
    { status: 'delivered', applied: true },
  ])
})

test('after an answer that concerns the whole API nothing more is sent', async () => {
  const remoteId = await ready()
  trial.server.answerWrites('RATE_LIMITED')
  const before = trial.server.calls().all
  const rows = Array.from({ length: 250 }, (_, n) => row(remoteId, person(n), 'realized'))
  const receipts = await trial.solution.deliver(rows)
  expect(trial.server.calls().all).toBe(before + 1)
  expect(new Set(receipts.map(({ status }) => status))).toEqual(new Set(['retry']))
  expect(trial.events).toEqual([
    { level: 'warn', event: 'delivery_trouble', fields: { code: 'RATE_LIMIT', rows: 250 } },
  ])
})
