import { testLoopErasures } from './loop-erasures.ts'
import { testLoopFaults } from './loop-faults.ts'
import { testLoopSetAsides } from './loop-set-asides.ts'
import { testLoopLosses } from './loop-losses.ts'
import { testLoopReplay } from './loop-replay.ts'
import { testLoopTimers } from './loop-timers.ts'
import { testPartitionLoop } from './partition-loop.ts'
import { testPartitions } from './partitions.ts'
import type { CreateSubject } from './subject.ts'

/** Every suite of the partition loop over the ports that `create` gives. */
export function testLoop(create: CreateSubject): void {
  testPartitionLoop(create)
  testLoopTimers(create)
  testLoopFaults(create)
  testLoopSetAsides(create)
  testLoopReplay(create)
  testLoopErasures(create)
  testLoopLosses(create)
  testPartitions(create)
}
