/** What can be set of the analytics servers. A limit of 0 is no limit. */
export interface AnalyticsSettings {
  readonly clientId: string
}

export const analyticsDefaults: AnalyticsSettings = {
  clientId: 'sandbox-analytics',
}

export const analyticsLoose: Partial<AnalyticsSettings> = {}
