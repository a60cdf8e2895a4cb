import { testReadme } from '@segue/solution-kit/testing'
import { marketoSettings } from './settings.ts'

testReadme(import.meta.url, { settings: marketoSettings })
