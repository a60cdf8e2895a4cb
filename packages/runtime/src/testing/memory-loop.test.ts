import { testLoopFaults } from './contract/loop-faults.ts'
import { testLoopReplay } from './contract/loop-replay.ts'
import { testPartitionLoop } from './contract/partition-loop.ts'
import { memorySubject } from './memory/memory-subject.ts'

const create = async () => memorySubject()

testPartitionLoop(create)
testLoopFaults(create)
testLoopReplay(create)
