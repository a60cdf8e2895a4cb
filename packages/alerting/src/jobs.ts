import type { NewJob } from '@segue/activation'

/** The queue of messages about alerts. */
export const alertQueueName = 'alerts'

/** Sends one message. Only a pointer: what is sent, to whom and by which secret is read when it runs. */
export interface AlertJob {
  readonly message: string
  /** Tries so far. */
  readonly attempt: number
}

/** One job a message, however often it is added. */
export function alertJob(message: string): NewJob<AlertJob> {
  return {
    id: `alert-${message}`,
    name: 'message',
    payload: { message, attempt: 0 },
    delayMs: 0,
  }
}
