import { testReadme } from '@segue/solution-kit/testing'
import { callCodes, dropCodes, recordCodes } from './codes.ts'
import { advertisingCloudSettings } from './settings.ts'

testReadme(import.meta.url, {
  fewestCodes: 21,
  solutionCodes: [...callCodes.keys(), ...recordCodes.keys(), ...dropCodes.keys()],
  settings: advertisingCloudSettings,
})
