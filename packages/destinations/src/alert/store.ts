import type { Acknowledgement, Alert, AlertChange, ToldAlert } from './alert.ts'
import type { Watch } from './watches.ts'

/** Alerts that are over are kept this long, and at most so many. */
export const alertsKeptMs: number = 90 * 86_400_000
export const alertsKeptLimit = 10_000
/** Messages that wait to be sent, a sandbox; beyond it new ones are dropped. */
export const waitingMessagesLimit = 10_000

/** One change of an alert, to be told to one subscription. */
export interface AlertMessage {
  /** The same however often it is made: receivers may tell repeats by it. Letters, digits and dashes. */
  readonly id: string
  readonly change: AlertChange
  readonly subscriptionId: string
  /** As it was when it changed; absent in a test. */
  readonly alert?: Alert
  readonly atMs: number
  /** The message that has to be told before this one. */
  readonly after?: string
}

/** What a look begins with. */
export interface BegunLook {
  /** By the store's clock, epoch milliseconds. */
  readonly nowMs: number
  readonly watches: readonly Watch[]
  /** Ids of messages that are not sent yet. */
  readonly waiting: readonly string[]
}

/** What a look changed: all of it is written, or nothing. */
export interface AlertWrites {
  readonly watches: ReadonlyMap<string, Watch | undefined>
  readonly resolved: readonly Alert[]
  readonly messages: readonly AlertMessage[]
}

/** An alert with what people made of it. */
export interface KeptAlert {
  readonly alert: Alert
  readonly acknowledged?: Acknowledgement
}

/** The alerts of a sandbox, with the messages about them that are not sent yet: both change together. */
export interface AlertStore {
  /**
   * Takes the right to look, or keeps it, for `leaseMs`.
   * @returns undefined where another process has it
   */
  readonly begin: (token: string, leaseMs: number) => Promise<BegunLook | undefined>
  /**
   * Writes what a look changed.
   * @returns false where the right was lost meanwhile: nothing is written; else how many messages found no room
   */
  readonly write: (
    token: string,
    writes: AlertWrites,
  ) => Promise<false | { readonly dropped: number }>
  /** Gives the right to look back. */
  readonly leave: (token: string) => Promise<void>
  /** When somebody last looked, epoch milliseconds. */
  readonly lookedAtMs: () => Promise<number | undefined>
  /** Alerts that are raised, newest first. */
  readonly open: () => Promise<readonly KeptAlert[]>
  /** Alerts that are over, the latest first. */
  readonly over: (query: {
    /** Only those that were over before this time; epoch milliseconds. */
    readonly beforeMs?: number
    readonly limit: number
  }) => Promise<readonly KeptAlert[]>
  readonly find: (id: string) => Promise<KeptAlert | undefined>
  /** Notes that somebody has seen an alert, once. */
  readonly acknowledge: (
    id: string,
    acknowledgement: Acknowledgement,
  ) => Promise<'acknowledged' | 'already' | 'over' | 'unknown'>
  /** A message that is not sent yet. */
  readonly message: (id: string) => Promise<AlertMessage | undefined>
  /** Adds a message that no look made: a test. @returns false where there is no room */
  readonly addMessage: (message: AlertMessage) => Promise<boolean>
  /** Ends a message, and keeps what became of it. One that is ended already stays as it is. */
  readonly settle: (message: AlertMessage, told: ToldAlert) => Promise<void>
  /** What became of the messages about an alert. */
  readonly told: (alertId: string) => Promise<readonly ToldAlert[]>
  /** What became of the last message to a subscription. */
  readonly lastTold: (subscriptionId: string) => Promise<ToldAlert | undefined>
  /** Forgets what became of messages to a subscription that is gone. */
  readonly forget: (subscriptionId: string) => Promise<void>
}
