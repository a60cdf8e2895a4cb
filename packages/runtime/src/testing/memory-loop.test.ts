import { testLoop } from './contract/loop.ts'
import { memorySubject } from './memory/memory-subject.ts'

testLoop(async () => memorySubject())
