import { testSolution } from '@segue/solution-kit/testing'
import type { DocumentedCode } from '@segue/solution-kit/testing'
import { campaignTrial } from './campaign-trial.ts'

const stranger = { identities: [`email_lc_sha256:${'a'.repeat(64)}`], code: 'PERSON_UNKNOWN' }

const failed = { status: 'rejected', kind: 'failed' } as const
const again = { status: 'retry', scope: 'row', inDoubt: true } as const
const pause = { status: 'retry', scope: 'solution', inDoubt: false } as const

/** Codes of a subscription (`reference/solutions.md` §0.4, §4.1), as the sandbox is told them. */
const standard: readonly DocumentedCode[] = [
  {
    code: '401013',
    receipt: { status: 'misconfigured', setting: 'clientId', code: 'TOKEN_INVALID' },
  },
  { code: '403010', receipt: { status: 'misconfigured', setting: 'url' } },
  { code: '403023', receipt: { status: 'misconfigured', setting: 'clientId' } },
  { code: '404', receipt: { status: 'retry', scope: 'row', code: 'RECORD_UNKNOWN' } },
  { code: '404040', receipt: { status: 'misconfigured', setting: 'url' } },
  { code: '429', receipt: pause },
  { code: '429001', receipt: pause },
  { code: '429050', receipt: pause },
  { code: '500', receipt: again },
  { code: '502', receipt: again },
  { code: '503', receipt: { status: 'retry', scope: 'solution' } },
  { code: '504', receipt: again },
  { code: 'RST360011', receipt: { ...failed, code: 'OPERATION_REFUSED' } },
  { code: 'RST360000', receipt: failed },
  { code: 'XTK170006', receipt: failed },
  { code: 'XTK170036', receipt: { status: 'retry', scope: 'row', code: 'RECORD_UNKNOWN' } },
  { code: 'RST360012', receipt: failed },
  { code: 'PGS220000', receipt: { status: 'retry', scope: 'row', code: 'DATABASE_ERROR' } },
]

/** Faults of a WriteCollection (`reference/solutions.md` §4.2), as the sandbox is told them. */
const classic: readonly DocumentedCode[] = [
  { code: 'VersionMismatch', receipt: { ...failed, code: 'SOAP_VERSION_MISMATCH' } },
  { code: 'MustUnderstand', receipt: { ...failed, code: 'SOAP_MUST_UNDERSTAND' } },
  { code: 'Client', receipt: { ...failed, code: 'SOAP_CLIENT' } },
  { code: 'Server', receipt: { ...again, inDoubt: false, code: 'SOAP_SERVER' } },
  { code: 'ODBC', receipt: { ...failed, code: 'UNIQUE_INDEX' } },
  { code: 'XSV350008', receipt: { ...pause, code: 'SESSION_EXPIRED' } },
  { code: 'XSV350012', receipt: { status: 'misconfigured', setting: 'password' } },
  { code: 'XSV350013', receipt: { status: 'misconfigured', setting: 'login' } },
  { code: 'XTK170036', receipt: { ...failed, code: 'EXPRESSION_INVALID' } },
  { code: 'SOP330011', receipt: { ...again, inDoubt: false, code: 'SOAP_SERVER' } },
  { code: '401', receipt: { ...pause, code: 'SESSION_EXPIRED' } },
  { code: '403', receipt: { status: 'misconfigured', setting: 'login' } },
  { code: '429', receipt: pause },
  { code: '500', receipt: again },
  { code: '502', receipt: again },
  { code: '503', receipt: { status: 'retry', scope: 'solution' } },
]

testSolution('campaign (Standard)', () => campaignTrial('standard'), { stranger, codes: standard })
testSolution('campaign (Classic)', () => campaignTrial('classic'), { stranger, codes: classic })
