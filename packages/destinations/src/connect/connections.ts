/** A reference to a connection spec. */
export interface SpecRef {
  readonly id: string
  readonly version: string
}

/** A base connection: the Platform's own profile store, or this destination (`reference/platform.md` §4.2). */
export interface Connection {
  readonly sandboxName: string
  readonly name: string
  readonly description: string
  readonly connectionSpec: SpecRef
  readonly state: 'enabled' | 'disabled'
}

export interface SourceConnection {
  readonly sandboxName: string
  readonly name: string
  readonly description: string
  readonly baseConnectionId: string
  readonly connectionSpec: SpecRef
}

export interface TargetConnection {
  readonly sandboxName: string
  readonly name: string
  readonly description: string
  readonly baseConnectionId: string
  readonly connectionSpec: SpecRef
  readonly params: TargetParams
}

/** How a destination is used. */
export interface TargetParams {
  /** Solutions that flows to it may activate for; append-only while a flow uses it, since rows name them by their place. */
  readonly solutions: readonly string[]
  /** How long a change waits for its opposite before it goes out, in milliseconds. */
  readonly activationDelayMs: number
  /** What the data is used for there: names of marketing actions, e.g. `emailTargeting` (§6.2). */
  readonly marketingActions: readonly string[]
}
