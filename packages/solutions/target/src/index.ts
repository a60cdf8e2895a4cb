export { targetSettings } from './settings.ts'
export type { TargetSettings, TargetSettingsInput } from './settings.ts'
export { targetSolution } from './target-solution.ts'
