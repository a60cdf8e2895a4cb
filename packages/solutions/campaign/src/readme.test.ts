import { testReadme } from '@segue/solution-kit/testing'
import { campaignSettings } from './settings.ts'

testReadme(import.meta.url, { settings: campaignSettings })
