export { memoryConfiguration } from './testing/memory-configuration.ts'
export { testConfigurationStore } from './testing/configuration-contract.ts'
