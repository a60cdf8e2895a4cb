import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { openOrganisation, secret, type TestOrganisation } from './organisation.ts'

// Alerts from what is wrong to who is told, on real Redis with real jobs and a real receiver.

let organisation: TestOrganisation
beforeEach(async () => {
  organisation = await openOrganisation()
  await organisation.subscribe('s1')
})
afterEach(() => organisation.close())

/** Waits until no message waits any more: what has not arrived by now never will. */
async function allTold(): Promise<void> {
  await expect
    .poll(async () => {
      await organisation.queue.hasten()
      const begun = await organisation.alerts.begin('one', 60_000)
      const { waiting, active, delayed } = await organisation.queue.counts()
      return [begun?.waiting, waiting + active + delayed]
    })
    .toEqual([[], 0])
}

test('trouble is told once when it begins and once when it is over, however often it is looked at', async () => {
  const { look, told } = organisation
  await look()
  organisation.paused = ['marketo']
  for (let count = 0; count < 5; count += 1) await look()
  await allTold()
  expect(told()).toEqual(['alert.raised'])
  organisation.paused = []
  for (let count = 0; count < 5; count += 1) await look()
  await allTold()
  expect(told()).toEqual(['alert.raised', 'alert.resolved'])
  const messages = organisation.receiver.posted.map(({ body, headers }) =>
    new Webhook(secret).verify(body, headers as Record<string, string>),
  )
  const [raised, resolved] = messages as { id: string; alert: { id: string; solution: string } }[]
  expect(raised?.alert.solution).toBe('marketo')
  expect(resolved?.alert.id).toBe(raised?.alert.id)
  expect(resolved?.id).not.toBe(raised?.id)
  expect(await organisation.alerts.told(raised!.alert.id)).toMatchObject([
    { change: 'raised', status: 'sent', attempts: 1, subscriptionId: 's1' },
    { change: 'resolved', status: 'sent', attempts: 1 },
  ])
})

test('many processes that look at once tell it once', async () => {
  const tokens = ['a', 'b', 'c', 'd', 'e', 'f']
  organisation.paused = ['marketo', 'target']
  const looks = await Promise.all(tokens.map((token) => organisation.look(token)))
  const looked = looks.findIndex(({ status }) => status === 'looked')
  expect(looks.filter(({ status }) => status === 'elsewhere')).toHaveLength(tokens.length - 1)
  // Each time another one takes over.
  await organisation.alerts.leave(tokens[looked]!)
  for (const token of tokens) {
    await Promise.all(tokens.map((other) => organisation.look(other)))
    await organisation.alerts.leave(token)
  }
  await Promise.all(tokens.map((token) => organisation.alerts.leave(token)))
  await allTold()
  expect(organisation.told()).toEqual(['alert.raised', 'alert.raised'])
})

test('a process that is killed after the change and before it is told loses nothing, and nothing is told twice', async () => {
  const script = fileURLToPath(new URL('fixtures/look-and-die.ts', import.meta.url))
  const { sandbox } = organisation
  const child = spawn(process.execPath, [script, inject('redisUrl'), sandbox, 'marketo'], {
    stdio: 'inherit',
  })
  const [, signal] = await once(child, 'exit')
  expect(signal).toBe('SIGKILL')
  expect((await organisation.alerts.open()).map(({ alert }) => alert.solution)).toEqual(['marketo'])
  expect(organisation.told()).toEqual([])
  organisation.paused = ['marketo']
  await expect.poll(async () => (await organisation.look()).status).toBe('looked')
  await organisation.look()
  await allTold()
  expect(organisation.told()).toEqual(['alert.raised'])
})

test('a process that loses its turn while it looks changes nothing', async () => {
  organisation.paused = ['marketo']
  const { alerts } = organisation
  const slow = organisation.look('slow', {
    dataflows: {
      list: async () => {
        await alerts.leave('slow')
        await organisation.look('quick')
        return []
      },
    },
  })
  expect(await slow).toEqual({ status: 'lost' })
  await alerts.leave('quick')
  await allTold()
  expect(organisation.told()).toEqual(['alert.raised'])
})

test('a message is tried again until it arrives, and "over" waits for "begun"', async () => {
  organisation.paused = ['marketo']
  let failures = 3
  organisation.receiver.answer = (response) => {
    failures -= 1
    response.writeHead(failures >= 0 ? 500 : 200).end()
  }
  await organisation.look()
  await expect.poll(() => organisation.told()).toHaveLength(1)
  organisation.paused = []
  await organisation.look()
  await allTold()
  expect(organisation.told()).toEqual([
    ...Array.from({ length: 4 }, () => 'alert.raised'),
    'alert.resolved',
  ])
  const ids = organisation.receiver.posted.map(({ headers }) => headers['webhook-id'])
  expect(new Set(ids).size).toBe(2)
  const last = await organisation.alerts.lastTold('s1')
  expect(last).toMatchObject({ change: 'resolved', status: 'sent', attempts: 1 })
})

test('what cannot be sent is given up, and the alert and the log say so', async () => {
  organisation.paused = ['marketo']
  organisation.receiver.answer = (response) => response.writeHead(500).end()
  await organisation.subscribe('mail', { channel: { type: 'email', to: 'ops@example.com' } })
  await organisation.look()
  await allTold()
  expect(organisation.told()).toHaveLength(12)
  const [open] = await organisation.alerts.open()
  const told = await organisation.alerts.told(open!.alert.id)
  expect(told).toEqual(expect.arrayContaining([...organisation.gaveUp]))
  expect(told).toMatchObject([
    { subscriptionId: 'mail', status: 'dead', code: 'SMTP_NOT_SET_UP', attempts: 1 },
    { subscriptionId: 's1', status: 'dead', code: 'WEBHOOK_HTTP_500', attempts: 12 },
  ])
})

test('an alert that somebody has acknowledged is not told again, and is told when it is over', async () => {
  organisation.paused = ['marketo']
  await organisation.look()
  const [open] = await organisation.alerts.open()
  const acknowledgement = { by: 'ana', atMs: 1, note: '' }
  await organisation.alerts.acknowledge(open!.alert.id, acknowledgement)
  for (let count = 0; count < 3; count += 1) await organisation.look()
  organisation.paused = []
  await organisation.look()
  await allTold()
  expect(organisation.told()).toEqual(['alert.raised', 'alert.resolved'])
  expect(await organisation.alerts.find(open!.alert.id)).toMatchObject({
    acknowledged: acknowledgement,
    alert: { resolvedBy: 'cleared' },
  })
})

test('each subscription is told apart; who is gone or switched off is not told', async () => {
  await organisation.subscribe('s2')
  await organisation.subscribe('off', { enabled: false })
  organisation.receiver.answer = (response) => response.writeHead(500).end()
  organisation.paused = ['marketo']
  await organisation.look()
  await expect.poll(() => organisation.told()).toHaveLength(2)
  await organisation.change(() => ({
    writes: [{ kind: 'alertSubscription', id: 's2', value: undefined }],
    answer: () => undefined,
  }))
  organisation.receiver.answer = (response) => response.writeHead(200).end()
  await allTold()
  const [open] = await organisation.alerts.open()
  const told = await organisation.alerts.told(open!.alert.id)
  expect(
    told.map(({ subscriptionId, status }) => `${subscriptionId} ${status}`).toSorted(),
  ).toEqual(['s1 sent', 's2 dropped'])
  expect(await organisation.alerts.lastTold('s2')).toBeUndefined()
})

test('neither secrets nor addresses are in jobs', async () => {
  organisation.receiver.answer = (response) => response.writeHead(500).end()
  organisation.paused = ['marketo']
  await organisation.look()
  await expect.poll(() => organisation.told()).toHaveLength(1)
  await expect.poll(async () => (await organisation.queue.counts()).delayed).toBe(1)
  const keys = await organisation.redis.keys(
    `{segue:${organisation.sandbox}:alerts}:alerts:alert-*`,
  )
  expect(keys).toHaveLength(1)
  const job = JSON.stringify(await organisation.redis.hgetall(keys[0]!))
  expect(job).toContain('-raised-s1')
  expect(job).not.toContain(secret)
  expect(job).not.toContain('127.0.0.1')
})
