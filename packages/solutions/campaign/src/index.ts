export { campaignSolution } from './campaign-solution.ts'
export { campaignSettings } from './settings.ts'
export type {
  CampaignSettings,
  CampaignSettingsInput,
  ClassicSettings,
  ProfileKey,
  StandardSettings,
} from './settings.ts'
