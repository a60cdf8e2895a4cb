import type { Configuration } from '../configuration/configuration.ts'

/**
 * Refuses a change after which an activated segment's labels violate a policy.
 * @throws Refusal
 */
export function refuseViolations(_before: Configuration, _after: Configuration): void {
  // Policies follow.
}
