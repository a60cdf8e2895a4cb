import type { AlertRule } from './rules.ts'

/** Who is told of which alerts, and how. */
export interface AlertSubscription {
  readonly sandboxName: string
  /** The flow whose alerts are meant; absent: those of every flow of the sandbox. */
  readonly flowId?: string
  /** None: every rule, those to come included. */
  readonly rules: readonly AlertRule[]
  readonly enabled: boolean
  readonly channel: AlertChannel
}

/** How somebody is told. `secret` signs what is posted; it is never shown again. */
export type AlertChannel =
  | { readonly type: 'webhook'; readonly url: string; readonly secret: string }
  | { readonly type: 'email'; readonly to: string }

/** Subscriptions a sandbox. */
export const subscriptionsLimit = 100
