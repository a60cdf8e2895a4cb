import type { AuditEvent, ConfigurationStore } from '@segue/destinations'

/** Which events are wanted: each that is given must be the same. */
export interface AuditFilter {
  readonly actor: string | undefined
  readonly kind: string | undefined
  readonly id: string | undefined
  readonly action: string | undefined
  readonly sandboxName: string | undefined
}

/** Epoch milliseconds: from then on, and before then. */
export interface AuditRange {
  readonly fromMs: number
  readonly toMs?: number
}

export interface AuditPage {
  readonly events: readonly AuditEvent[]
  /** After which event to go on; absent at the end. */
  readonly next?: string
}

/** Events read from the store at once. */
const eventsPerRead = 500
/** Events that one page looks at: so long a request takes whatever is filtered. */
const looksPerPage = 20_000

/** One page of the events that are wanted, oldest first. It may be short, or empty, with more behind it. */
export async function auditPage(
  store: Pick<ConfigurationStore, 'audit'>,
  range: AuditRange,
  filter: AuditFilter,
  limit: number,
  after: string | undefined,
): Promise<AuditPage> {
  const events: AuditEvent[] = []
  let next = after
  for (let looks = 0; looks < looksPerPage; looks += eventsPerRead) {
    const part = await store.audit({ ...range, ...afterEvent(next), limit: eventsPerRead })
    for (const event of part) {
      next = event.eventId
      if (!isWanted(event, filter)) continue
      events.push(event)
      if (events.length === limit) return { events, next }
    }
    if (part.length < eventsPerRead) return { events }
  }
  return { events, ...(next === undefined ? {} : { next }) }
}

/** All events that are wanted, a line of JSON each, read part after part as they are taken. */
export async function* auditLines(
  store: Pick<ConfigurationStore, 'audit'>,
  range: AuditRange,
  filter: AuditFilter,
): AsyncGenerator<string> {
  let after: string | undefined
  for (;;) {
    const part = await store.audit({ ...range, ...afterEvent(after), limit: eventsPerRead })
    const wanted = part.filter((event) => isWanted(event, filter))
    if (wanted.length > 0) {
      yield wanted.map((event) => `${JSON.stringify(auditEventView(event))}\n`).join('')
    }
    if (part.length < eventsPerRead) return
    after = part.at(-1)?.eventId
  }
}

/** An event as it is shown. */
export function auditEventView({ atMs, eventId, ...event }: AuditEvent): object {
  return { eventId, at: new Date(atMs).toISOString(), ...event }
}

function afterEvent(eventId: string | undefined): { readonly after?: string } {
  return eventId === undefined ? {} : { after: eventId }
}

function isWanted(event: AuditEvent, filter: AuditFilter): boolean {
  return (
    (filter.actor === undefined || filter.actor === event.actor) &&
    (filter.kind === undefined || filter.kind === event.kind) &&
    (filter.id === undefined || filter.id === event.id) &&
    (filter.action === undefined || filter.action === event.action) &&
    (filter.sandboxName === undefined || filter.sandboxName === event.sandboxName)
  )
}
