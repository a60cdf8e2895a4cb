/** Who is told of which alerts, and how. */
export interface AlertSubscription {
  readonly sandboxName: string
  /** The flow whose alerts are meant; absent: those of every flow of the sandbox. */
  readonly flowId?: string
  readonly rules: readonly string[]
  readonly channel:
    | { readonly type: 'webhook'; readonly url: string; readonly secret?: string }
    | { readonly type: 'email'; readonly to: string }
}
