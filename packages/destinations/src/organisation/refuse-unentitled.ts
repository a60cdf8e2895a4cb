import type { Configuration } from '../configuration/configuration.ts'

/**
 * Refuses a change after which something is connected that the organisation is not entitled to.
 * @throws Refusal
 */
export function refuseUnentitled(_before: Configuration, _after: Configuration): void {
  // Entitlements follow.
}
