import { describe, expect, test } from 'vitest'
import type { Alert, ToldAlert } from '../alert/alert.ts'
import {
  alertsKeptLimit,
  alertsKeptMs,
  type AlertMessage,
  type AlertStore,
  type AlertWrites,
} from '../alert/store.ts'
import type { Watch } from '../alert/watches.ts'

/** Opens a store in an empty place; each call of what it answers is another process at the same place. */
export type CreateAlerts = () => Promise<() => AlertStore>

const leaseMs = 60_000
const acknowledgement = { by: 'ana', atMs: 5, note: 'on it' }

function alert(id: string, raisedAtMs: number, solution = 'marketo'): Alert {
  return {
    id,
    sandboxName: 'prod',
    severity: 'critical',
    rule: 'solution-unreachable',
    solution,
    value: 400,
    threshold: 300,
    detail: 'nothing is sent — ünïcödé',
    raisedAtMs,
  }
}

function watchOf(raised: Alert): Watch {
  const { rule, raisedAtMs, id } = raised
  return { key: `key-${id}`, rule, sinceMs: raisedAtMs, alert: raised }
}

function messageOf(about: Alert, change: 'raised' | 'resolved' = 'raised'): AlertMessage {
  return {
    id: `${about.id}-${change}-s`,
    change,
    subscriptionId: 's',
    alert: about,
    atMs: about.raisedAtMs,
  }
}

const sent = ({ id, change, subscriptionId }: AlertMessage, atMs = 9): ToldAlert => ({
  messageId: id,
  subscriptionId,
  change,
  status: 'sent',
  atMs,
  attempts: 1,
})

const raise = (...alerts: readonly Alert[]): AlertWrites => ({
  watches: new Map(alerts.map((one) => [`key-${one.id}`, watchOf(one)])),
  resolved: [],
  messages: alerts.map((one) => messageOf(one)),
})

const resolve = (resolvedAtMs: number, ...alerts: readonly Alert[]): AlertWrites => ({
  watches: new Map(alerts.map((one) => [`key-${one.id}`, undefined])),
  resolved: alerts.map((one) => ({ ...one, resolvedAtMs, resolvedBy: 'cleared' })),
  messages: [],
})

/** What every place for alerts owes. */
export function testAlertStore(create: CreateAlerts): void {
  describe('alert store', () => {
    test('one process at a time may look, and what it writes is there for the next', async () => {
      const open = await create()
      const [one, other] = [open(), open()]
      expect(await other.lookedAtMs()).toBeUndefined()
      const begun = await one.begin('one', leaseMs)
      expect(begun).toMatchObject({ watches: [], waiting: [] })
      expect(await other.lookedAtMs()).toBe(begun?.nowMs)
      expect(await other.begin('other', leaseMs)).toBeUndefined()
      expect(await other.write('other', raise(alert('x', 1)))).toBe(false)
      expect(await other.open()).toEqual([])
      const a = alert('a', 1)
      expect(await one.write('one', raise(a))).toEqual({ dropped: 0 })
      expect(await one.begin('one', leaseMs)).toMatchObject({ watches: [watchOf(a)] })
      await other.leave('other')
      expect(await other.begin('other', leaseMs)).toBeUndefined()
      await one.leave('one')
      expect(await other.begin('other', leaseMs)).toMatchObject({
        watches: [watchOf(a)],
        waiting: [messageOf(a).id],
      })
    })

    test('a right that ran out is somebody else’s, and its old holder writes nothing', async () => {
      const open = await create()
      const [one, other] = [open(), open()]
      await one.begin('one', 1)
      await expect.poll(() => other.begin('other', leaseMs)).toBeDefined()
      expect(await one.write('one', raise(alert('a', 1)))).toBe(false)
      await other.leave('other')
      expect(await one.write('one', raise(alert('a', 1)))).toBe(false)
      expect(await one.open()).toEqual([])
      expect(await one.message(messageOf(alert('a', 1)).id)).toBeUndefined()
    })

    test('an alert is open, then over, and found all the time', async () => {
      const store = (await create())()
      const nowMs = (await store.begin('t', leaseMs))?.nowMs ?? 0
      const [a, b, c] = [alert('a', nowMs - 9), alert('b', nowMs - 8), alert('c', nowMs - 7)]
      await store.write('t', raise(a, b, c))
      expect((await store.open()).map((one) => one.alert.id)).toEqual(['c', 'b', 'a'])
      expect(await store.over({ limit: 10 })).toEqual([])
      await store.write('t', resolve(nowMs - 2, a))
      await store.write('t', resolve(nowMs - 1, b))
      expect((await store.open()).map((one) => one.alert)).toEqual([c])
      const over = await store.over({ limit: 10 })
      expect(over.map((one) => one.alert.id)).toEqual(['b', 'a'])
      expect(over[0]?.alert).toEqual({ ...b, resolvedAtMs: nowMs - 1, resolvedBy: 'cleared' })
      expect(await store.over({ limit: 1 })).toEqual(over.slice(0, 1))
      expect(await store.over({ limit: 10, beforeMs: nowMs - 1 })).toEqual(over.slice(1))
      expect(await store.find('a')).toEqual(over[1])
      expect(await store.find('c')).toEqual({ alert: c })
      expect(await store.find('d')).toBeUndefined()
    })

    test('an alert is acknowledged once, while it is open, and that stays with it', async () => {
      const open = await create()
      const store = open()
      const nowMs = (await store.begin('t', leaseMs))?.nowMs ?? 0
      const a = alert('a', nowMs)
      await store.write('t', raise(a))
      expect(await store.acknowledge('b', acknowledgement)).toBe('unknown')
      const answers = await Promise.all(
        ['x', 'y', 'z'].map((by) => open().acknowledge('a', { ...acknowledgement, by })),
      )
      expect(answers.toSorted()).toEqual(['acknowledged', 'already', 'already'])
      const by = ['x', 'y', 'z'][answers.indexOf('acknowledged')]
      // What the next look writes of it leaves the acknowledgement alone.
      await store.write('t', raise({ ...a, value: 500 }))
      const acknowledged = { ...acknowledgement, by }
      expect(await store.open()).toEqual([{ alert: { ...a, value: 500 }, acknowledged }])
      await store.write('t', resolve(nowMs, a))
      expect(await store.find('a')).toMatchObject({ acknowledged })
      expect(await store.acknowledge('a', acknowledgement)).toBe('over')
    })

    test('a message waits until it is settled, once', async () => {
      const store = (await create())()
      const a = alert('a', 1)
      const message = messageOf(a)
      await store.begin('t', leaseMs)
      await store.write('t', raise(a))
      expect(await store.message(message.id)).toEqual(message)
      await store.settle(message, sent(message))
      await store.settle(message, { ...sent(message), status: 'dead', code: 'X' })
      expect(await store.message(message.id)).toBeUndefined()
      expect(await store.told('a')).toEqual([sent(message)])
      expect(await store.told('b')).toEqual([])
      expect((await store.begin('t', leaseMs))?.waiting).toEqual([])
      expect(await store.lastTold('s')).toEqual(sent(message))
      const trial: AlertMessage = { id: 't-test-s', change: 'test', subscriptionId: 's', atMs: 3 }
      expect(await store.addMessage(trial)).toBe(true)
      expect(await store.message(trial.id)).toEqual(trial)
      expect((await store.begin('t', leaseMs))?.waiting).toEqual([trial.id])
      await store.settle(trial, sent(trial))
      expect(await store.lastTold('s')).toEqual(sent(trial))
      await store.forget('s')
      expect(await store.lastTold('s')).toBeUndefined()
    })

    test('what is over is kept for 90 days, and no more than so many', async () => {
      const store = (await create())()
      const nowMs = (await store.begin('t', leaseMs))?.nowMs ?? 0
      const old = alert('old', 1)
      await store.write('t', raise(old))
      await store.acknowledge('old', acknowledgement)
      await store.write('t', resolve(nowMs - alertsKeptMs + 60_000, old))
      expect(await store.find('old')).toBeDefined()
      const older = alert('older', 1)
      await store.write('t', raise(older))
      await store.write('t', resolve(nowMs - alertsKeptMs - 60_000, older))
      expect(await store.find('older')).toBeUndefined()
      const many = Array.from({ length: alertsKeptLimit }, (_, index) => alert(`m${index}`, 1))
      for (let begin = 0; begin < many.length; begin += 1_000) {
        await store.write('t', resolve(nowMs, ...many.slice(begin, begin + 1_000)))
      }
      expect(await store.find('old')).toBeUndefined()
      expect(await store.over({ limit: alertsKeptLimit + 1 })).toHaveLength(alertsKeptLimit)
    })
  })
}
