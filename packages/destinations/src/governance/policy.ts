/** A data usage policy (`reference/platform.md` §6.3). */
export interface Policy {
  readonly name: string
  readonly description: string
  readonly status: 'DRAFT' | 'ENABLED' | 'DISABLED'
  /** Names of marketing actions, core or custom, e.g. `core/emailTargeting`. */
  readonly marketingActions: readonly string[]
  readonly deny: PolicyExpression
}

/** What labels an action is denied for. */
export type PolicyExpression =
  | { readonly label: string }
  | { readonly operator: 'AND' | 'OR'; readonly operands: readonly PolicyExpression[] }
