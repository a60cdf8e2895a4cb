import { testBackfills } from './backfills.ts'
import { testBacklogs } from './backlogs.ts'
import { testCommittedTimers } from './committed-timers.ts'
import { testCounterparts } from './counterparts.ts'
import { testDataflows } from './dataflows.ts'
import { testErasures } from './erasures.ts'
import { testEventLog } from './event-log.ts'
import { testLargeCommits } from './large-commit.ts'
import { testLedgerBooks } from './ledger-books.ts'
import { testLedgerClaims } from './ledger-claims.ts'
import { testLedgerScan } from './ledger-scan.ts'
import { testLedgerSettlement } from './ledger-settlement.ts'
import { testOpenedBuckets } from './opened-buckets.ts'
import { testOutbox } from './outbox.ts'
import { testOwnership } from './ownership.ts'
import { testPartitionStore } from './partition-store.ts'
import { testRuns } from './runs.ts'
import { testSolutionRecords } from './solution-records.ts'
import type { CreateSubject } from './subject.ts'
import { testWaitingReads } from './waiting-reads.ts'
import { testWindows } from './windows.ts'

/** Every contract suite of the ports: call it once in a test file, and what `create` gives is held to all of them. */
export function testPorts(create: CreateSubject): void {
  testEventLog(create)
  testWaitingReads(create)
  testPartitionStore(create)
  testCommittedTimers(create)
  testOpenedBuckets(create)
  testLargeCommits(create)
  testOwnership(create)
  testOutbox(create)
  testLedgerClaims(create)
  testLedgerSettlement(create)
  testLedgerBooks(create)
  testLedgerScan(create)
  testRuns(create)
  testDataflows(create)
  testCounterparts(create)
  testSolutionRecords(create)
  testWindows(create)
  testErasures(create)
  testBackfills(create)
  testBacklogs(create)
}
