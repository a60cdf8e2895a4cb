import { testSolution } from '@segue/solution-kit/testing'
import { advertisingCloudTrial } from './advertising-cloud-trial.ts'

const retry = (scope: 'row' | 'solution', inDoubt: boolean) => ({
  status: 'retry' as const,
  scope,
  inDoubt,
})
const misconfigured = (setting: string) => ({ status: 'misconfigured' as const, setting })

// How large calls are is counted in `advertising-cloud.test.ts`: a row is as many lines as it has identities.
testSolution(
  'advertising-cloud',
  // The suite's revisions are of one morning; a clock of that day, and a window that no test outlives, make its outcome that of any day.
  () =>
    advertisingCloudTrial({
      nowMs: Date.parse('2026-11-23T10:30:00Z'),
      settings: { segmentWindowDays: 3_650 },
    }),
  {
    tokenless: true,
    keepsCounterparts: true,
    codes: [
      { code: 'ServiceUnavailableException', receipt: retry('solution', true) },
      { code: 'ThrottlingException', receipt: retry('solution', false) },
      { code: 'InternalFailure', receipt: retry('row', true) },
      {
        code: 'ResourceNotFoundException',
        receipt: { ...misconfigured('deliveryStreamName'), code: 'STREAM_NOT_FOUND' },
      },
      { code: 'InvalidArgumentException', receipt: misconfigured('deliveryStreamName') },
      { code: 'InvalidSourceException', receipt: misconfigured('deliveryStreamName') },
      { code: 'InvalidKMSResourceException', receipt: misconfigured('deliveryStreamName') },
      { code: 'AccessDeniedException', receipt: misconfigured('accessKeyId') },
      { code: 'UnrecognizedClientException', receipt: misconfigured('accessKeyId') },
      { code: 'InvalidSignatureException', receipt: misconfigured('secretAccessKey') },
    ],
  },
)
