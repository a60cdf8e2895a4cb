import type { Alert, AlertChange } from './alert.ts'
import type { AlertMessage } from './store.ts'
import type { AlertSubscription } from './subscription.ts'
import type { Turn } from './watches.ts'

/** A subscription with its id. */
export interface KnownSubscription {
  readonly id: string
  readonly value: AlertSubscription
}

/**
 * The messages that a look's changes come to: one for each change and subscription that wants it.
 * @param usesSolution whether a flow sends to a solution: its subscribers are told when that cannot be reached
 */
export function messagesOf(
  { raised, resolved }: Turn,
  subscriptions: readonly KnownSubscription[],
  usesSolution: (flowId: string, solution: string) => boolean,
  nowMs: number,
): readonly AlertMessage[] {
  const of = (alert: Alert, change: 'raised' | 'resolved'): readonly AlertMessage[] =>
    subscriptions
      .filter(({ value }) => isWanted(alert, value, usesSolution))
      .map(({ id }) => ({
        id: messageId(alert.id, change, id),
        change,
        subscriptionId: id,
        alert,
        atMs: nowMs,
        ...(change === 'resolved' ? { after: messageId(alert.id, 'raised', id) } : {}),
      }))
  return [
    ...raised.flatMap((alert) => of(alert, 'raised')),
    ...resolved.flatMap((alert) => of(alert, 'resolved')),
  ]
}

/** The message that a subscription's owner asks for, to see whether it arrives. */
export function testMessage(subscriptionId: string, ownId: string, nowMs: number): AlertMessage {
  return {
    id: messageId(ownId, 'test', subscriptionId),
    change: 'test',
    subscriptionId,
    atMs: nowMs,
  }
}

function messageId(alertId: string, change: AlertChange, subscriptionId: string): string {
  return `${alertId}-${change}-${subscriptionId}`
}

/** An alert about no flow concerns every flow; one about a solution alone, those that send to it. */
function isWanted(
  alert: Alert,
  { sandboxName, enabled, rules, flowId }: AlertSubscription,
  usesSolution: (flowId: string, solution: string) => boolean,
): boolean {
  if (!enabled || sandboxName !== alert.sandboxName) return false
  if (rules.length > 0 && !rules.includes(alert.rule)) return false
  if (flowId === undefined) return true
  if (alert.flowId !== undefined) return alert.flowId === flowId
  return alert.solution === undefined || usesSolution(flowId, alert.solution)
}
