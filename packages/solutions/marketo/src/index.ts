export { marketoSolution } from './marketo-solution.ts'
export { marketoSettings } from './settings.ts'
export type { MarketoSettings, MarketoSettingsInput } from './settings.ts'
