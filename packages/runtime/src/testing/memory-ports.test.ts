import { testPorts } from './contract/ports.ts'
import { memorySubject } from './memory/memory-subject.ts'

testPorts(async () => memorySubject())
