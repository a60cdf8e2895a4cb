import { testSolution } from '@segue/solution-kit/testing'
import type { DocumentedCode } from '@segue/solution-kit/testing'
import { exampleListsTrial } from './example-lists-trial.ts'

const failed = { status: 'rejected', kind: 'failed' } as const
const retry = (scope: 'row' | 'solution', inDoubt: boolean) =>
  ({ status: 'retry', scope, inDoubt }) as const

/** Every documented code as an answer to the call that adds people. */
const codes: readonly DocumentedCode[] = [
  { code: 'CALL_INVALID', receipt: { ...failed, code: 'CALL_INVALID' } },
  { code: 'TOKEN_INVALID', receipt: { ...retry('solution', false), code: 'ACCESS_TOKEN_REFUSED' } },
  { code: 'PERMISSION_MISSING', receipt: { status: 'misconfigured', setting: 'clientId' } },
  { code: 'LIST_UNKNOWN', receipt: { ...retry('row', false), code: 'SEGMENT_GONE' } },
  { code: 'TOO_MANY_PEOPLE', receipt: { ...failed, code: 'CALL_TOO_LARGE' } },
  { code: 'RATE_LIMITED', receipt: { ...retry('solution', false), code: 'RATE_LIMIT' } },
  { code: 'INTERNAL_ERROR', receipt: { ...retry('row', true), code: 'INTERNAL_ERROR' } },
  { code: 'UNAVAILABLE', receipt: { ...retry('solution', true), code: 'UNAVAILABLE' } },
  { code: '502', receipt: { ...retry('row', true), code: 'HTTP_502' } },
  { code: 'PERSON_UNKNOWN', receipt: { status: 'rejected', kind: 'excluded' } },
  { code: 'PERSON_INVALID', receipt: { ...failed, code: 'PERSON_INVALID' } },
]

testSolution('example-lists', exampleListsTrial, {
  maxRowsInCall: 100,
  stranger: { identities: [`email_lc_sha256:${'d'.repeat(64)}`], code: 'PERSON_UNKNOWN' },
  codes,
})
