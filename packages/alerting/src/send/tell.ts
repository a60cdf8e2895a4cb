import type { Job, JobOutcome } from '@segue/activation'
import type {
  AlertChannel,
  AlertMessage,
  AlertStore,
  ConfigurationStore,
  ToldAlert,
} from '@segue/destinations'
import type { AlertJob } from '../jobs.ts'
import type { Emails } from './email.ts'
import { attemptsMax, sendDelayMs, type SendOutcome } from './outcome.ts'
import type { Webhooks } from './webhook.ts'

/** How long a message waits for the one that has to be told before it. */
const waitForEarlierMs = 2_000

export interface TellPorts {
  readonly alerts: Pick<AlertStore, 'message' | 'settle' | 'forget'>
  readonly configuration: Pick<ConfigurationStore, 'read'>
  readonly webhooks: Pick<Webhooks, 'send'>
  /** Undefined: no SMTP server is set up. */
  readonly emails: Pick<Emails, 'send'> | undefined
  /** Epoch milliseconds. */
  readonly nowMs: () => number
  /** Told of a message that was given up. */
  readonly gaveUp: (told: ToldAlert) => void
}

/** Runs the jobs that send messages: one try a run, until it is sent, refused, or was tried often enough. */
export function createTell(
  ports: TellPorts,
): (job: Job<AlertJob>) => Promise<JobOutcome<AlertJob>> {
  const { alerts, configuration, nowMs, gaveUp } = ports

  const end = async (
    message: AlertMessage,
    attempts: number,
    own: Pick<ToldAlert, 'status' | 'code'>,
  ): Promise<JobOutcome<AlertJob>> => {
    const { id, subscriptionId, change } = message
    const told = { messageId: id, subscriptionId, change, atMs: nowMs(), attempts, ...own }
    await alerts.settle(message, told)
    if (own.status === 'dead') gaveUp(told)
    return { status: 'done' }
  }

  return async ({ payload }) => {
    const message = await alerts.message(payload.message)
    // Sent already: the job came twice.
    if (message === undefined) return { status: 'done' }
    const { after, subscriptionId } = message
    // "It is over" makes no sense to who has not been told that it began.
    if (after !== undefined && (await alerts.message(after)) !== undefined) {
      return { status: 'again', afterMs: waitForEarlierMs, payload }
    }
    const document = (await configuration.read()).get('alertSubscription', subscriptionId)
    const isWanted = document !== undefined && (document.value.enabled || message.change === 'test')
    if (!isWanted) {
      const ended = await end(message, payload.attempt, { status: 'dropped' })
      if (document === undefined) await alerts.forget(subscriptionId)
      return ended
    }
    const attempt = payload.attempt + 1
    const outcome = await sent(ports, document.value.channel, message)
    if (outcome.status === 'sent') return end(message, attempt, { status: 'sent' })
    const { code } = outcome
    if (outcome.status === 'refused' || attempt >= attemptsMax) {
      return end(message, attempt, { status: 'dead', code })
    }
    const afterMs = sendDelayMs(attempt, outcome.afterMs)
    return { status: 'again', afterMs, payload: { ...payload, attempt } }
  }
}

async function sent(
  { webhooks, emails }: TellPorts,
  channel: AlertChannel,
  message: AlertMessage,
): Promise<SendOutcome> {
  if (channel.type === 'webhook') return webhooks.send(channel, message)
  return emails?.send(channel.to, message) ?? { status: 'refused', code: 'SMTP_NOT_SET_UP' }
}
