import { memoryAlerts } from '../testing/memory-alerts.ts'
import { testAlertStore } from '../testing/alert-contract.ts'

testAlertStore(async () => memoryAlerts())
