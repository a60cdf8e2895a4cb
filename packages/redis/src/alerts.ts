import {
  alertsKeptLimit,
  alertsKeptMs,
  waitingMessagesLimit,
  type Acknowledgement,
  type Alert,
  type AlertMessage,
  type AlertStore,
  type KeptAlert,
  type ToldAlert,
  type Watch,
} from '@segue/destinations'
import type { RedisConnection } from './connection.ts'
import { alertKeys } from './keys.ts'
import { asArray, asNumber, asText } from './reply.ts'
import { loadScript } from './script.ts'

const acknowledgeScript = loadScript('alerts-acknowledge')
const addMessageScript = loadScript('alerts-add-message')
const beginScript = loadScript('alerts-begin')
const settleScript = loadScript('alerts-settle')
const unlockScript = loadScript('unlock')
const writeScript = loadScript('alerts-write')

/** Outcomes an alert may have: long after its last message, while it is still kept. */
const toldKeptMs = 2 * alertsKeptMs
const acknowledgeAnswers = ['acknowledged', 'already', 'over', 'unknown'] as const

/** The alerts of a sandbox in Redis. All of it is in one slot; a look is one script, and another where something changed. */
export function redisAlerts(redis: RedisConnection, sandbox: string): AlertStore {
  const keys = alertKeys(sandbox)
  const raised = async (): Promise<readonly Alert[]> =>
    (await redis.hvals(keys.watches))
      .flatMap((json) => read.watch(json).alert ?? [])
      .toSorted((one, other) => other.raisedAtMs - one.raisedAtMs)
  const kept = async (alerts: readonly Alert[]): Promise<readonly KeptAlert[]> => {
    if (alerts.length === 0) return []
    const jsons = await redis.hmget(keys.acknowledged, ...alerts.map(({ id }) => id))
    return alerts.map((alert, index) => {
      const json = jsons[index] ?? null
      return json === null ? { alert } : { alert, acknowledged: read.acknowledgement(json) }
    })
  }
  return {
    begin: async (token, leaseMs) => {
      const reply = await beginScript.run(
        redis,
        [keys.lease, keys.looked, keys.watches, keys.messages],
        [token, leaseMs],
      )
      if (reply === null) return undefined
      const [now, watches, waiting] = asArray(reply)
      return {
        nowMs: Number(asText(now)),
        watches: asArray(watches).map((json) => read.watch(asText(json))),
        waiting: asArray(waiting).map(asText),
      }
    },
    write: async (token, { watches, resolved, messages }) => {
      const reply = await writeScript.run(
        redis,
        [
          keys.lease,
          keys.watches,
          keys.over,
          keys.history,
          keys.acknowledged,
          keys.messages,
          keys.told,
        ],
        [
          token,
          alertsKeptMs,
          alertsKeptLimit,
          waitingMessagesLimit,
          watches.size,
          resolved.length,
          messages.length,
          ...[...watches].flatMap(([key, watch]) => [
            key,
            watch === undefined ? '' : JSON.stringify(watch),
          ]),
          ...resolved.flatMap((alert) => [
            alert.id,
            alert.resolvedAtMs ?? 0,
            JSON.stringify(alert),
          ]),
          ...messages.flatMap((message) => [message.id, JSON.stringify(message)]),
        ],
      )
      const dropped = asNumber(reply)
      return dropped < 0 ? false : { dropped }
    },
    leave: async (token) => {
      await unlockScript.run(redis, [keys.lease], [token])
    },
    lookedAtMs: async () => {
      const text = await redis.get(keys.looked)
      return text === null ? undefined : Number(text)
    },
    open: async () => kept(await raised()),
    over: async ({ beforeMs, limit }) => {
      const below = beforeMs === undefined ? '+inf' : `(${beforeMs}`
      const ids = await redis.zrange(keys.over, below, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, limit)
      if (ids.length === 0) return []
      const jsons = await redis.hmget(keys.history, ...ids)
      return kept(jsons.flatMap((json) => (json === null ? [] : read.alert(json))))
    },
    find: async (id) => {
      const open = (await raised()).find((alert) => alert.id === id)
      const json = open === undefined ? await redis.hget(keys.history, id) : null
      const alert = open ?? (json === null ? undefined : read.alert(json))
      return alert && (await kept([alert]))[0]
    },
    acknowledge: async (id, acknowledgement) => {
      const reply = await acknowledgeScript.run(
        redis,
        [keys.watches, keys.history, keys.acknowledged],
        [id, JSON.stringify(acknowledgement)],
      )
      const answer = asText(reply)
      return acknowledgeAnswers.find((known) => known === answer) ?? 'unknown'
    },
    message: async (id) => {
      const json = await redis.hget(keys.messages, id)
      return json === null ? undefined : read.message(json)
    },
    addMessage: async (message) => {
      const reply = await addMessageScript.run(
        redis,
        [keys.messages],
        [message.id, JSON.stringify(message), waitingMessagesLimit],
      )
      return asNumber(reply) === 1
    },
    settle: async ({ id, alert, subscriptionId }, told) => {
      await settleScript.run(
        redis,
        [keys.messages, keys.last, keys.told + (alert?.id ?? '')],
        [id, subscriptionId, JSON.stringify(told), alert === undefined ? 0 : 1, toldKeptMs],
      )
    },
    told: async (alertId) =>
      (await redis.lrange(keys.told + alertId, 0, -1)).map((json) => read.told(json)),
    lastTold: async (subscriptionId) => {
      const json = await redis.hget(keys.last, subscriptionId)
      return json === null ? undefined : read.told(json)
    },
    forget: async (subscriptionId) => {
      await redis.hdel(keys.last, subscriptionId)
    },
  }
}

/** What this file wrote as JSON. */
const read = {
  watch: (json: string): Watch => JSON.parse(json),
  alert: (json: string): Alert => JSON.parse(json),
  acknowledgement: (json: string): Acknowledgement => JSON.parse(json),
  message: (json: string): AlertMessage => JSON.parse(json),
  told: (json: string): ToldAlert => JSON.parse(json),
}
