import { testSolution } from '@segue/solution-kit/testing'
import type { DocumentedCode } from '@segue/solution-kit/testing'
import { marketoTrial } from './marketo-trial.ts'

const failed = { status: 'rejected', kind: 'failed' } as const
const misconfigured = (setting: string) => ({ status: 'misconfigured', setting }) as const
const retry = (scope: 'row' | 'solution', inDoubt: boolean) =>
  ({ status: 'retry', scope, inDoubt }) as const

/** Every code of `reference/solutions.md` §6.5 as an answer to the call that adds leads. */
const codes: readonly DocumentedCode[] = [
  { code: '413', receipt: { ...failed, code: 'CALL_TOO_LARGE' } },
  { code: '414', receipt: { ...failed, code: 'CALL_TOO_LARGE' } },
  { code: '502', receipt: retry('row', true) },
  { code: '601', receipt: { ...retry('solution', false), code: 'ACCESS_TOKEN_EXPIRED' } },
  { code: '602', receipt: { ...retry('solution', false), code: 'ACCESS_TOKEN_EXPIRED' } },
  { code: '603', receipt: { ...misconfigured('clientId'), code: 'ACCESS_DENIED' } },
  { code: '604', receipt: { ...retry('row', true), code: 'REQUEST_TIMED_OUT' } },
  { code: '605', receipt: { ...failed, code: 'CALL_INVALID' } },
  { code: '606', receipt: { ...retry('solution', false), code: 'RATE_LIMIT' } },
  { code: '607', receipt: { ...retry('solution', false), code: 'DAILY_QUOTA' } },
  { code: '608', receipt: { ...retry('solution', false), code: 'API_UNAVAILABLE' } },
  { code: '609', receipt: { ...failed, code: 'CALL_INVALID' } },
  { code: '610', receipt: { ...failed, code: 'CALL_INVALID' } },
  { code: '611', receipt: { ...retry('row', true), code: 'SYSTEM_ERROR' } },
  { code: '612', receipt: { ...failed, code: 'CALL_INVALID' } },
  { code: '613', receipt: { ...failed, code: 'CALL_INVALID' } },
  { code: '614', receipt: { ...retry('solution', false), code: 'SUBSCRIPTION_UNREACHABLE' } },
  { code: '615', receipt: { ...retry('solution', false), code: 'CONCURRENCY_LIMIT' } },
  { code: '701', receipt: { ...misconfigured('listNamePrefix'), code: 'FIELD_BLANK' } },
  { code: '702', receipt: { ...misconfigured('listFolderId'), code: 'NOT_FOUND' } },
  { code: '703', receipt: { ...misconfigured('clientId'), code: 'FEATURE_OFF' } },
  { code: '704', receipt: { ...misconfigured('listFolderId'), code: 'DATE_INVALID' } },
  { code: '709', receipt: { ...misconfigured('listNamePrefix'), code: 'BUSINESS_RULE' } },
  { code: '710', receipt: { ...misconfigured('listFolderId'), code: 'FOLDER_NOT_FOUND' } },
  { code: '711', receipt: { ...misconfigured('listFolderType'), code: 'FOLDER_TYPE' } },
  { code: '713', receipt: { ...retry('row', true), code: 'TRANSIENT_ERROR' } },
  { code: '719', receipt: { ...retry('row', true), code: 'LOCK_WAIT' } },
  { code: '1001', receipt: { ...failed, code: 'VALUE_TYPE' } },
  { code: '1002', receipt: { ...failed, code: 'VALUE_MISSING' } },
  { code: '1003', receipt: { ...failed, code: 'VALUE_INVALID' } },
  // The lead is looked up again first, and found; Marketo still says that there is none.
  {
    code: '1004',
    receipt: { status: 'rejected', kind: 'excluded', code: 'LEAD_NOT_FOUND' },
  },
  { code: '1006', receipt: { ...failed, code: 'FIELD_NOT_FOUND' } },
  { code: '1007', receipt: { ...failed, code: 'LEAD_AMBIGUOUS' } },
  { code: '1008', receipt: { ...failed, code: 'PARTITION_DENIED' } },
  { code: '1013', receipt: { ...retry('row', false), code: 'SEGMENT_GONE' } },
  { code: '1015', receipt: { ...failed, code: 'NOT_IN_LIST' } },
  { code: '1017', receipt: { status: 'delivered' } },
  { code: '1019', receipt: { ...retry('row', false), code: 'IMPORT_IN_PROGRESS' } },
  { code: '1022', receipt: { ...retry('row', false), code: 'IN_USE' } },
  // The list is asked, and the lead is not in it.
  { code: '1037', receipt: { ...failed, code: 'RECORD_SKIPPED' } },
]

testSolution('marketo', marketoTrial, {
  maxRowsInCall: 300,
  stranger: {
    identities: [`email_lc_sha256:${'d'.repeat(64)}`, `ECID:${'9'.repeat(38)}`],
    code: 'LEAD_NOT_FOUND',
  },
  codes,
})
