export { analyticsSolution } from './analytics-solution.ts'
export { analyticsSettings } from './settings.ts'
export type { AnalyticsSettings, AnalyticsSettingsInput } from './settings.ts'
