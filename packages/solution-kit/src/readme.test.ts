import { testReadme } from './testing/readme.ts'

testReadme(import.meta.url)
