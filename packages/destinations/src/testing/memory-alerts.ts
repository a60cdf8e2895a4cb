import type { Acknowledgement, Alert, ToldAlert } from '../alert/alert.ts'
import {
  alertsKeptLimit,
  alertsKeptMs,
  waitingMessagesLimit,
  type AlertMessage,
  type AlertStore,
  type KeptAlert,
} from '../alert/store.ts'
import type { Watch } from '../alert/watches.ts'

/** Where alert stores in memory keep what they share. */
interface Place {
  lease: { readonly token: string; readonly untilMs: number } | undefined
  lookedAtMs: number | undefined
  readonly watches: Map<string, Watch>
  /** Alerts that are over, the earliest first. */
  over: Alert[]
  readonly acknowledged: Map<string, Acknowledgement>
  readonly messages: Map<string, AlertMessage>
  readonly told: Map<string, ToldAlert[]>
  readonly lastTold: Map<string, ToldAlert>
}

/** Alert stores in memory that share one place: each call of what is returned is another process. */
export function memoryAlerts(options: { readonly nowMs?: () => number } = {}): () => AlertStore {
  const { nowMs = Date.now } = options
  const place: Place = {
    lease: undefined,
    lookedAtMs: undefined,
    watches: new Map(),
    over: [],
    acknowledged: new Map(),
    messages: new Map(),
    told: new Map(),
    lastTold: new Map(),
  }
  const holder = (): string | undefined =>
    place.lease !== undefined && place.lease.untilMs > nowMs() ? place.lease.token : undefined
  const kept = (alert: Alert): KeptAlert => {
    const acknowledged = place.acknowledged.get(alert.id)
    return acknowledged === undefined ? { alert } : { alert, acknowledged }
  }
  const raised = (): readonly Alert[] =>
    [...place.watches.values()]
      .flatMap(({ alert }) => alert ?? [])
      .toSorted((one, other) => other.raisedAtMs - one.raisedAtMs)
  const keepOver = (resolved: readonly Alert[]): void => {
    place.over = [...place.over, ...structuredClone(resolved)].toSorted(
      (one, other) => (one.resolvedAtMs ?? 0) - (other.resolvedAtMs ?? 0),
    )
    const old = place.over.filter(({ resolvedAtMs = 0 }) => resolvedAtMs < nowMs() - alertsKeptMs)
    const begin = Math.max(old.length, place.over.length - alertsKeptLimit)
    for (const { id } of place.over.splice(0, begin)) {
      place.acknowledged.delete(id)
      place.told.delete(id)
    }
  }
  return () => ({
    begin: async (token, leaseMs) => {
      if ((holder() ?? token) !== token) return undefined
      place.lease = { token, untilMs: nowMs() + leaseMs }
      place.lookedAtMs = nowMs()
      const watches = structuredClone([...place.watches.values()])
      return { nowMs: nowMs(), watches, waiting: [...place.messages.keys()] }
    },
    write: async (token, { watches, resolved, messages }) => {
      if (holder() !== token) return false
      for (const [key, watch] of watches) {
        if (watch === undefined) place.watches.delete(key)
        else place.watches.set(key, structuredClone(watch))
      }
      keepOver(resolved)
      let dropped = 0
      for (const message of messages) {
        if (place.messages.size >= waitingMessagesLimit) dropped += 1
        else place.messages.set(message.id, structuredClone(message))
      }
      return { dropped }
    },
    leave: async (token) => {
      if (holder() === token) place.lease = undefined
    },
    lookedAtMs: async () => place.lookedAtMs,
    open: async () => raised().map(kept),
    over: async ({ beforeMs = Infinity, limit }) =>
      place.over
        .filter(({ resolvedAtMs = 0 }) => resolvedAtMs < beforeMs)
        .toReversed()
        .slice(0, limit)
        .map(kept),
    find: async (id) => {
      const found = [...raised(), ...place.over].find((alert) => alert.id === id)
      return found && kept(found)
    },
    acknowledge: async (id, acknowledgement) => {
      if (!raised().some((alert) => alert.id === id)) {
        return place.over.some((alert) => alert.id === id) ? 'over' : 'unknown'
      }
      if (place.acknowledged.has(id)) return 'already'
      place.acknowledged.set(id, acknowledgement)
      return 'acknowledged'
    },
    message: async (id) => structuredClone(place.messages.get(id)),
    addMessage: async (message) => {
      if (place.messages.size >= waitingMessagesLimit) return false
      place.messages.set(message.id, structuredClone(message))
      return true
    },
    settle: async ({ id, alert, subscriptionId }, told) => {
      if (!place.messages.delete(id)) return
      place.lastTold.set(subscriptionId, told)
      if (alert !== undefined) place.told.set(alert.id, [...(place.told.get(alert.id) ?? []), told])
    },
    told: async (alertId) => place.told.get(alertId) ?? [],
    lastTold: async (subscriptionId) => place.lastTold.get(subscriptionId),
    forget: async (subscriptionId) => {
      place.lastTold.delete(subscriptionId)
    },
  })
}
