import { testSolution } from '@segue/solution-kit/testing'
import { analyticsTrial } from './analytics-trial.ts'

const retry = (scope: 'row' | 'solution', inDoubt: boolean) =>
  ({ status: 'retry', scope, inDoubt }) as const
const credentials = { status: 'misconfigured', setting: 'clientId' } as const

testSolution('analytics', analyticsTrial, {
  stranger: { identities: [`email_lc_sha256:${'e'.repeat(64)}`], code: 'NO_IDENTITY' },
  codes: [
    { code: '400', receipt: { status: 'rejected', kind: 'failed' } },
    { code: '401', receipt: { ...credentials, code: 'ACCESS_TOKEN_REFUSED' } },
    { code: '401013', receipt: { ...credentials, code: 'ACCESS_TOKEN_REFUSED' } },
    { code: '403', receipt: credentials },
    { code: '403010', receipt: { ...credentials, code: 'ACCESS_TOKEN_MISSING' } },
    { code: '403023', receipt: { ...credentials, code: 'PRODUCT_NOT_PROVISIONED' } },
    { code: '404', receipt: { status: 'misconfigured', setting: 'collectUrl' } },
    { code: '404040', receipt: { status: 'misconfigured', setting: 'collectUrl' } },
    { code: '413', receipt: { status: 'rejected', kind: 'failed', code: 'FILE_TOO_LARGE' } },
    { code: '429', receipt: { ...retry('solution', false), code: 'RATE_LIMIT' } },
    { code: '429001', receipt: { ...retry('solution', false), code: 'RATE_LIMIT' } },
    { code: '429050', receipt: { ...retry('solution', false), code: 'RATE_LIMIT' } },
    { code: '500', receipt: retry('row', true) },
    { code: '502', receipt: retry('row', true) },
  ],
})
