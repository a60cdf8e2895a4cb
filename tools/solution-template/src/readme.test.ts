import { testReadme } from '@segue/solution-kit/testing'
import { exampleListsSettings } from './settings.ts'

testReadme(import.meta.url, { settings: exampleListsSettings })
