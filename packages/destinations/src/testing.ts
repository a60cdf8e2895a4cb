export { memoryConfiguration } from './testing/memory-configuration.ts'
export { testConfigurationStore } from './testing/configuration-contract.ts'
export { memoryAlerts } from './testing/memory-alerts.ts'
export { testAlertStore } from './testing/alert-contract.ts'
