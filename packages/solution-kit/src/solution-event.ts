/** What an adapter has to say beside its receipts: ids and counts, never an identity or a secret. */
export interface SolutionEvent {
  readonly level: 'info' | 'warn' | 'error'
  /** Stable name, lower_snake_case: `onboarding_receipt`. */
  readonly event: string
  readonly fields: Readonly<Record<string, string | number | boolean>>
}

/** Where an adapter's events go. */
export type SolutionLog = (event: SolutionEvent) => void

/** For callers that want no events. */
export const silent: SolutionLog = () => undefined
