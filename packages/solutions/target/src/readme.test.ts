import { testReadme } from '@segue/solution-kit/testing'
import { targetSettings } from './settings.ts'

testReadme(import.meta.url, { settings: targetSettings })
