import type { AlertMessage, KeptAlert, ToldAlert } from '@segue/destinations'

/** An alert as `/v1/alerts` shows it. */
export function viewAlert({ alert, acknowledged }: KeptAlert): object {
  const { raisedAtMs, resolvedAtMs, ...rest } = alert
  return {
    ...rest,
    state: resolvedAtMs === undefined ? 'raised' : 'resolved',
    raisedAt: timeOf(raisedAtMs),
    ...(resolvedAtMs === undefined ? {} : { resolvedAt: timeOf(resolvedAtMs) }),
    ...(acknowledged === undefined
      ? {}
      : {
          acknowledged: {
            by: acknowledged.by,
            at: timeOf(acknowledged.atMs),
            note: acknowledged.note,
          },
        }),
  }
}

/** What became of a message. */
export function viewTold({ atMs, ...rest }: ToldAlert): object {
  return { ...rest, at: timeOf(atMs) }
}

/** A message that is on its way. */
export function viewWaiting({ id, change, subscriptionId, atMs }: AlertMessage): object {
  return { messageId: id, subscriptionId, change, status: 'waiting', at: timeOf(atMs) }
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
