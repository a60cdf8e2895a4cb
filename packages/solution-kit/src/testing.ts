export { testSolution } from './testing/conformance.ts'
export type { ConformanceOptions, DocumentedCode, Trial } from './testing/conformance.ts'
export { testReadme } from './testing/readme.ts'
export type { ReadmeOptions } from './testing/readme.ts'
export { startSandbox } from './testing/sandbox-process.ts'
export type {
  SandboxCounterpart,
  SandboxProcess,
  SandboxRequest,
} from './testing/sandbox-process.ts'
export { sandboxToken } from './testing/sandbox-token.ts'
export { sandboxTrial } from './testing/sandbox-trial.ts'
export type { SandboxTrial } from './testing/sandbox-trial.ts'
