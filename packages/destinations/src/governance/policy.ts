/** A data usage policy (`reference/platform.md` §6.3). */
export interface Policy {
  readonly name: string
  readonly description: string
  /** Only enabled ones restrict; drafts take part in evaluations that ask for them. */
  readonly status: PolicyStatus
  /** What the policy is about: `core/emailTargeting`, `custom/ours`. */
  readonly marketingActions: readonly string[]
  /** Labels for which these marketing actions are denied. */
  readonly deny: PolicyExpression
}

export type PolicyStatus = (typeof policyStatuses)[number]
export const policyStatuses = ['DRAFT', 'ENABLED', 'DISABLED'] as const

/** What labels an action is denied for: a label, or several of which all or one must be there. */
export type PolicyExpression =
  | { readonly label: string }
  | { readonly operator: 'AND' | 'OR'; readonly operands: readonly PolicyExpression[] }
