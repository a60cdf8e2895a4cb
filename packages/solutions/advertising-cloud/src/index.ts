export { advertisingCloudSolution } from './advertising-cloud-solution.ts'
export { advertisingCloudSettings } from './settings.ts'
export type {
  AdvertisingCloudSettings,
  AdvertisingCloudSettingsInput,
  MappingDrop,
} from './settings.ts'
