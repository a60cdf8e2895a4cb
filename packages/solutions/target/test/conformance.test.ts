import { testSolution } from '@segue/solution-kit/testing'
import type { DocumentedCode } from '@segue/solution-kit/testing'
import { targetTrial } from './target-trial.ts'

const failed = { status: 'rejected', kind: 'failed' } as const
const misconfigured = (setting: string) => ({ status: 'misconfigured', setting }) as const
const retry = (scope: 'row' | 'solution', inDoubt: boolean) =>
  ({ status: 'retry', scope, inDoubt }) as const

/** Every code of the two calls that write (`reference/solutions.md` §5.2, §0.4): each row goes both ways, and the worse one is its receipt. */
const codes: readonly DocumentedCode[] = [
  { code: 'batch.update successFalse', receipt: { ...retry('row', false), code: 'BATCH_REFUSED' } },
  { code: 'batch.update 400', receipt: { ...failed, code: 'BATCH_INVALID' } },
  {
    code: 'batch.update 401',
    receipt: { ...misconfigured('profileAuthentication'), code: 'PROFILE_TOKEN_REFUSED' },
  },
  {
    code: 'batch.update 403',
    receipt: { ...misconfigured('profileAuthentication'), code: 'PROFILE_TOKEN_REFUSED' },
  },
  { code: 'batch.update 404', receipt: { ...misconfigured('clientCode'), code: 'CLIENT_UNKNOWN' } },
  { code: 'batch.update 413', receipt: { ...failed, code: 'CALL_TOO_LARGE' } },
  { code: 'batch.update 420', receipt: { ...retry('solution', false), code: 'RATE_LIMIT' } },
  { code: 'batch.update 429', receipt: { ...retry('solution', false), code: 'RATE_LIMIT' } },
  { code: 'batch.update 500', receipt: { ...retry('row', true), code: 'TARGET_FAILED' } },
  { code: 'batch.update 502', receipt: { ...retry('row', true), code: 'GATEWAY_FAILED' } },
  { code: 'batch.update 503', receipt: { ...retry('solution', true), code: 'TARGET_UNAVAILABLE' } },
  { code: 'delivery.execute 400', receipt: { ...failed, code: 'DELIVERY_INVALID' } },
  {
    code: 'delivery.execute 404',
    receipt: { ...misconfigured('clientCode'), code: 'CLIENT_UNKNOWN' },
  },
  { code: 'delivery.execute 413', receipt: { ...failed, code: 'CALL_TOO_LARGE' } },
  { code: 'delivery.execute 420', receipt: { ...retry('solution', false), code: 'RATE_LIMIT' } },
  { code: 'delivery.execute 429', receipt: { ...retry('solution', false), code: 'RATE_LIMIT' } },
  { code: 'delivery.execute 500', receipt: { ...retry('row', true), code: 'TARGET_FAILED' } },
  { code: 'delivery.execute 502', receipt: { ...retry('row', true), code: 'GATEWAY_FAILED' } },
  {
    code: 'delivery.execute 503',
    receipt: { ...retry('solution', true), code: 'TARGET_UNAVAILABLE' },
  },
]

testSolution('target', targetTrial, {
  stranger: { identities: ['email_lc_sha256:a+b'], code: 'IDENTITY_NOT_TAKEN' },
  codes,
})
