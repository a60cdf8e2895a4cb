import { testReadme } from '@segue/solution-kit/testing'
import { rejections } from './codes.ts'
import { analyticsSettings } from './settings.ts'

testReadme(import.meta.url, {
  codes: rejections.map(([, code]) => code),
  settings: analyticsSettings,
})
