import { testSolution } from '@segue/solution-kit/testing'
import type { DocumentedCode } from '@segue/solution-kit/testing'
import { audienceManagerTrial } from './audience-manager-trial.ts'

const failed = { status: 'rejected', kind: 'failed' } as const
const misconfigured = (setting: string) => ({ status: 'misconfigured', setting }) as const
const retry = (scope: 'row' | 'solution', inDoubt: boolean) =>
  ({ status: 'retry', scope, inDoubt }) as const

/** What S3 answers to an upload, by its own documentation; codes of the other interfaces are tested beside their tables. */
const codes: readonly DocumentedCode[] = [
  { code: 'AccessDenied', receipt: misconfigured('s3.secretAccessKey') },
  { code: 'AuthorizationHeaderMalformed', receipt: misconfigured('s3.region') },
  { code: 'BadDigest', receipt: retry('row', false) },
  { code: 'EntityTooLarge', receipt: failed },
  { code: 'IncompleteBody', receipt: retry('row', false) },
  { code: 'InternalError', receipt: retry('row', true) },
  { code: 'InvalidAccessKeyId', receipt: misconfigured('s3.accessKeyId') },
  { code: 'InvalidArgument', receipt: failed },
  { code: 'MethodNotAllowed', receipt: failed },
  { code: 'MissingContentLength', receipt: failed },
  { code: 'NoSuchBucket', receipt: misconfigured('s3.bucket') },
  { code: 'NotImplemented', receipt: failed },
  { code: 'RequestTimeTooSkewed', receipt: retry('solution', false) },
  { code: 'ServiceUnavailable', receipt: retry('solution', true) },
  { code: 'SignatureDoesNotMatch', receipt: misconfigured('s3.secretAccessKey') },
  { code: 'SlowDown', receipt: retry('solution', true) },
  { code: 'XAmzContentSHA256Mismatch', receipt: retry('row', false) },
  { code: 'drop', receipt: { ...retry('row', true), code: 'CONNECTION_DROPPED' } },
]

testSolution('audience-manager', audienceManagerTrial, { codes })
