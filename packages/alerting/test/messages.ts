import type { Alert, AlertMessage } from '@segue/destinations'

/** A message as a look makes it. */
export function exampleMessage(own: Partial<Alert> = {}): AlertMessage {
  return {
    id: 'a1-raised-s1',
    change: 'raised',
    subscriptionId: 's1',
    atMs: Date.UTC(2026, 10, 23),
    alert: {
      id: 'a1',
      sandboxName: 'prod',
      severity: 'critical',
      rule: 'solution-unreachable',
      solution: 'marketo',
      value: 400,
      threshold: 0,
      code: 'HTTP_503',
      detail: 'nothing is sent to marketo',
      raisedAtMs: Date.UTC(2026, 10, 23),
      ...own,
    },
  }
}
