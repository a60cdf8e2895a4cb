export { exampleListsSolution } from './example-lists-solution.ts'
export { exampleListsSettings } from './settings.ts'
export type { ExampleListsSettings, ExampleListsSettingsInput } from './settings.ts'
