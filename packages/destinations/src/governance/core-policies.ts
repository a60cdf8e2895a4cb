import type { Policy } from './policy.ts'

/** Which core policies are on; absent: none. */
export interface CorePolicies {
  readonly enabled: readonly string[]
}

export const corePoliciesId = 'corePolicies'

/**
 * Policies that everybody has. All are off until they are enabled, and off means `DRAFT` (`reference/platform.md` §6.3). Only
 * two are published with their labels; of their ids only the form is known, so which is which is [I].
 */
export const corePolicies: ReadonlyMap<string, Omit<Policy, 'status'>> = new Map([
  [
    'corepolicy_0001',
    {
      name: 'Restrict email targeting',
      description: 'Data that must not be used for targeting is not used for e-mail campaigns.',
      marketingActions: ['core/emailTargeting'],
      deny: { operator: 'OR', operands: [{ label: 'C4' }, { label: 'C5' }] },
    },
  ],
  [
    'corepolicy_0002',
    {
      name: 'Restrict data sharing',
      description: 'Data that must not be shared is not used for Segment Match.',
      marketingActions: ['core/segmentMatch'],
      deny: { label: 'C11' },
    },
  ],
])
