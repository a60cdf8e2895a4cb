import type { JobQueue } from '@segue/activation'
import {
  alertRuleSettings,
  findBreaches,
  messagesOf,
  subscriptionsOf,
  turnWatches,
  type Alert,
  type AlertStore,
  type ConfigurationStore,
  type Observation,
} from '@segue/destinations'
import type { Dataflow, Dataflows } from '@segue/runtime'
import { alertJob, type AlertJob } from './jobs.ts'

/** Messages whose jobs are looked for again with each look: those of a job queue that lost them. */
const handedOverAgainMax = 100

export interface LookPorts {
  readonly alerts: AlertStore
  readonly configuration: Pick<ConfigurationStore, 'read'>
  readonly dataflows: Pick<Dataflows, 'list'>
  readonly observe: (nowMs: number, dataflows: readonly Dataflow[]) => Promise<Observation>
  readonly queue: Pick<JobQueue<AlertJob>, 'ensure'>
}

export interface LookOptions {
  readonly sandbox: string
  /** Another one for each process. */
  readonly token: string
  /** How long nobody else looks. */
  readonly leaseMs: number
  readonly newId: () => string
}

/** What a look came to. `elsewhere`: another process looks. `lost`: it took so long that another took over. */
export type Look =
  | { readonly status: 'elsewhere' | 'lost' }
  | {
      readonly status: 'looked'
      readonly raised: readonly Alert[]
      readonly resolved: readonly Alert[]
      /** Messages that found no room. */
      readonly dropped: number
    }

/**
 * Looks once at how a sandbox does, if no other process does. The change of an alert and the messages about it are written
 * together; jobs that send them are added afterwards, and by every look until they are sent: so a process that ends in between
 * loses none, and sends none twice.
 */
export async function lookForAlerts(
  { alerts, configuration, dataflows, observe, queue }: LookPorts,
  { sandbox, token, leaseMs, newId }: LookOptions,
): Promise<Look> {
  const begun = await alerts.begin(token, leaseMs)
  if (begun === undefined) return { status: 'elsewhere' }
  const { nowMs, watches, waiting } = begun
  const configured = await configuration.read()
  const flows = await dataflows.list()
  const settings = alertRuleSettings(configured, sandbox)
  const breaches = findBreaches(await observe(nowMs, flows), settings)
  const turn = turnWatches(watches, breaches, { sandboxName: sandbox, settings, nowMs, newId })
  const subscriptions = subscriptionsOf(configured, sandbox)
  const messages = messagesOf(turn, subscriptions, usesSolutionAmong(flows), nowMs)
  let dropped = 0
  if (turn.watches.size > 0) {
    const { resolved } = turn
    const written = await alerts.write(token, { watches: turn.watches, resolved, messages })
    if (written === false) return { status: 'lost' }
    dropped = written.dropped
  }
  const unsent = [...waiting.slice(0, handedOverAgainMax), ...messages.map(({ id }) => id)]
  if (unsent.length > 0) await queue.ensure(unsent.map(alertJob))
  return { status: 'looked', raised: turn.raised, resolved: turn.resolved, dropped }
}

function usesSolutionAmong(
  flows: readonly Dataflow[],
): (flowId: string, solution: string) => boolean {
  return (flowId, solution) =>
    flows.some(({ id, segments }) =>
      id === flowId
        ? Object.values(segments).some(({ solutions }) => solutions.includes(solution))
        : false,
    )
}
