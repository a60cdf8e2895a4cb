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
  // The suite's revisions are of one morning: with a clock of that day they are recent on any day (`line-time.ts`).
  () =>
    advertisingCloudTrial({
      nowMs: Date.parse('2026-11-23T10:30:00Z'),
      settings: { answerTimeoutMs: 2_000 },
    }),
  {
    tokenless: true,
    keepsCounterparts: true,
    codes: [
      { code: 'ServiceUnavailableException', receipt: retry('solution', true) },
      { code: 'ThrottlingException', receipt: retry('solution', false) },
      { code: 'LimitExceededException', receipt: retry('solution', false) },
      { code: 'InternalFailure', receipt: retry('row', true) },
      { code: 'ResourceNotFoundException', receipt: misconfigured('deliveryStreamName') },
      { code: 'InvalidArgumentException', receipt: misconfigured('deliveryStreamName') },
      { code: 'InvalidSourceException', receipt: misconfigured('deliveryStreamName') },
      { code: 'InvalidKMSResourceException', receipt: misconfigured('deliveryStreamName') },
      { code: 'AccessDeniedException', receipt: misconfigured('accessKeyId') },
      { code: 'UnrecognizedClientException', receipt: misconfigured('accessKeyId') },
      { code: 'ExpiredTokenException', receipt: misconfigured('accessKeyId') },
      { code: 'InvalidSignatureException', receipt: misconfigured('secretAccessKey') },
      { code: 'MissingAuthenticationTokenException', receipt: misconfigured('secretAccessKey') },
      { code: 'IncompleteSignatureException', receipt: misconfigured('region') },
      { code: 'UnknownOperationException', receipt: misconfigured('firehoseUrl') },
      { code: 'SerializationException', receipt: { status: 'rejected', kind: 'failed' } },
      { code: '429', receipt: retry('solution', false) },
      { code: '503', receipt: retry('solution', true) },
      { code: '403', receipt: misconfigured('accessKeyId') },
      // Inside HTTP 200: every record of the call, or the one of four that stands for its row.
      {
        code: 'records100ServiceUnavailableException',
        receipt: { ...retry('solution', false), code: 'STREAM_THROTTLED' },
      },
      {
        code: 'records1ServiceUnavailableException',
        receipt: { ...retry('row', false), code: 'RECORD_THROTTLED' },
      },
      {
        code: 'records1InternalFailure',
        receipt: { ...retry('row', true), code: 'RECORD_FAULT' },
      },
    ],
  },
)
