export { audienceManagerSolution } from './audience-manager-solution.ts'
export { audienceManagerSettings } from './settings.ts'
export type {
  AudienceManagerSettings,
  AudienceManagerSettingsInput,
  DataSources,
  InboundBucket,
} from './settings.ts'
