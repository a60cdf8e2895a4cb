import type { AlertRule, AlertRuleDescription } from './rules.ts'

/** What an alert is about: the rule and, by the rule, a flow, a solution or a queue. */
export interface AlertSubject {
  readonly rule: AlertRule
  readonly flowId?: string
  readonly solution?: string
  readonly queue?: string
}

/** What is known of the trouble. Holds no identity: it goes out by e-mail and to other people's servers. */
export interface AlertFacts {
  /** What was counted or measured, in the rule's unit. */
  readonly value: number
  readonly threshold: number
  /** Of the trouble, where it has one. */
  readonly code?: string
  readonly detail: string
  /** The flow's name, where the alert is about one. */
  readonly flowName?: string
}

/** Trouble that somebody is told of once when it begins and once when it is over. */
export interface Alert extends AlertSubject, AlertFacts {
  /** Letters, digits and dashes. */
  readonly id: string
  readonly sandboxName: string
  readonly severity: AlertRuleDescription['severity']
  /** Epoch milliseconds. */
  readonly raisedAtMs: number
  readonly resolvedAtMs?: number
  /** `rule-disabled`: nobody looks any more. */
  readonly resolvedBy?: 'cleared' | 'rule-disabled'
}

/** Somebody has seen the alert and says so. */
export interface Acknowledgement {
  readonly by: string
  readonly atMs: number
  readonly note: string
}

/** What one message was about, and what became of it. */
export interface ToldAlert {
  readonly messageId: string
  readonly subscriptionId: string
  readonly change: AlertChange
  /** `dead`: it was given up. `dropped`: its subscription is gone. */
  readonly status: 'sent' | 'dead' | 'dropped'
  readonly atMs: number
  readonly attempts: number
  /** Why it was not sent. */
  readonly code?: string
}

export type AlertChange = 'raised' | 'resolved' | 'test'

/** `rule|flow|solution|queue`: of two alerts about the same at most one is raised. */
export function alertKey({ rule, flowId, solution, queue }: AlertSubject): string {
  return [rule, flowId ?? '', solution ?? '', queue ?? ''].join('|')
}
