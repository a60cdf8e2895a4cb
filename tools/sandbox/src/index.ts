export { type Ready, type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts'
export { SettingsInvalid } from './settings.ts'
export { StateUnreadable } from './state/state-file.ts'
