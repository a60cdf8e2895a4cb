import { analyticsSettings } from './settings.ts'
import type { AnalyticsSettings, AnalyticsSettingsInput } from './settings.ts'

/** Settings for tests: the required ones, and what a test wants otherwise. */
export function testSettings(some: Partial<AnalyticsSettingsInput> = {}): AnalyticsSettings {
  return analyticsSettings.parse({
    clientId: 'client',
    clientSecret: 'secret',
    companyId: 'acme',
    reportSuiteId: 'examplersid',
    datasetId: 'd1',
    ...some,
  })
}

/** An ECID made from a number. */
export function ecid(n: number): string {
  return `ECID:${`${1_000_000 + n}`.padStart(38, '4')}`
}
