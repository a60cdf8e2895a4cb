import { testReadme } from '@segue/solution-kit/testing'
import { audienceManagerSettings } from './settings.ts'

testReadme(import.meta.url, { settings: audienceManagerSettings })
