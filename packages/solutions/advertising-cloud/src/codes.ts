import { failed, misconfigured, retryRow, retrySolution } from '@segue/solution-kit'
import type { Verdict } from '@segue/solution-kit'

export interface CodeEntry {
  /** Our code, stable. */
  readonly code: string
  readonly verdict: Verdict
  /** For people. */
  readonly meaning: string
}

/** Amazon's codes, without the ending `Exception` that some of its answers have and some have not. */
export type CodeTable = ReadonlyMap<string, CodeEntry>

function entry(code: string, verdict: Verdict, meaning: string): CodeEntry {
  return { code, verdict, meaning }
}

const adapterFault = 'the adapter made a call that cannot be read'
const unknownKey = 'the access key is not known'
const wrongSignature = 'the secret is not that of the access key'
const noRight = 'the access key may not do this'
const tooFast = 'too many calls or records'

const throttled = entry('STREAM_THROTTLED', retrySolution(1_000, false), tooFast)
const accessDenied = entry('STREAM_ACCESS_DENIED', misconfigured('accessKeyId'), noRight)
const keyUnknown = entry('STREAM_KEY_UNKNOWN', misconfigured('accessKeyId'), unknownKey)
const signatureWrong = entry(
  'STREAM_SIGNATURE_WRONG',
  misconfigured('secretAccessKey'),
  wrongSignature,
)
// Amazon's client learns the server's clock from the answer, so that the next call has the right one.
const clockWrong = entry(
  'CLOCK_SKEWED',
  retrySolution(2_000, false),
  'the clock of this machine is wrong',
)
const streamDown = entry('STREAM_UNAVAILABLE', retrySolution(2_000, true), 'out of service')
const streamFault = entry('STREAM_FAULT', retryRow(1_000, true), 'a fault of the stream’s server')
const callInvalid = entry('CALL_INVALID', failed, adapterFault)
const streamKey = entry(
  'STREAM_KEY_UNUSABLE',
  misconfigured('deliveryStreamName'),
  'the stream cannot use its encryption key',
)

/**
 * Every code that `PutRecordBatch` answers for a whole call: those of `reference/solutions.md` §3.3, the operation's others, and those that all of Amazon's services share.
 * `reference` counts InvalidArgument among the settings: a batch that keeps the bounds is only refused where the stream is another than it should be.
 */
export const callCodes: CodeTable = new Map([
  [
    'ResourceNotFound',
    entry(
      'STREAM_NOT_FOUND',
      misconfigured('deliveryStreamName'),
      'no such stream in this account and region',
    ),
  ],
  [
    'InvalidArgument',
    entry(
      'STREAM_REFUSES',
      misconfigured('deliveryStreamName'),
      'the stream does not take such records',
    ),
  ],
  [
    'InvalidSource',
    entry(
      'STREAM_REFUSES',
      misconfigured('deliveryStreamName'),
      'the stream takes from another source only',
    ),
  ],
  ['InvalidKMSResource', streamKey],
  ['KMSAccessDenied', streamKey],
  ['KMSDisabled', streamKey],
  ['KMSInvalidState', streamKey],
  ['KMSNotFound', streamKey],
  ['KMSThrottling', throttled],
  ['AccessDenied', accessDenied],
  ['NotAuthorized', accessDenied],
  [
    'OptInRequired',
    entry(
      'STREAM_ACCESS_DENIED',
      misconfigured('accessKeyId'),
      'the account is not subscribed to the service',
    ),
  ],
  ['UnrecognizedClient', keyUnknown],
  ['InvalidClientTokenId', keyUnknown],
  ['InvalidAccessKeyId', keyUnknown],
  ['ExpiredToken', entry('STREAM_KEY_UNKNOWN', misconfigured('accessKeyId'), 'the key expired')],
  ['InvalidSignature', signatureWrong],
  ['SignatureDoesNotMatch', signatureWrong],
  [
    'IncompleteSignature',
    entry('STREAM_REGION_WRONG', misconfigured('region'), 'signed for another region or service'),
  ],
  ['MissingAuthenticationToken', signatureWrong],
  ['RequestExpired', clockWrong],
  ['RequestTimeTooSkewed', clockWrong],
  ['Throttling', throttled],
  ['ThrottledRequest', throttled],
  ['RequestLimitExceeded', throttled],
  ['TooManyRequests', throttled],
  ['LimitExceeded', throttled],
  ['ServiceUnavailable', streamDown],
  ['InternalFailure', streamFault],
  ['InternalServer', streamFault],
  ['InternalServerError', streamFault],
  ['RequestTimeout', entry('STREAM_FAULT', retryRow(1_000, true), 'the stream gave up')],
  ['Serialization', callInvalid],
  ['Validation', callInvalid],
  ['ValidationError', callInvalid],
  ['MissingAction', callInvalid],
  [
    'UnknownOperation',
    entry('STREAM_REFUSES', misconfigured('firehoseUrl'), 'this is no Firehose endpoint'),
  ],
  [
    'InvalidAction',
    entry('STREAM_REFUSES', misconfigured('firehoseUrl'), 'this is no Firehose endpoint'),
  ],
])

/** Codes of single records in an answer with HTTP 200 (§3.3): only those are trouble, and only theirs. */
export const recordCodes: CodeTable = new Map([
  ['ServiceUnavailable', entry('RECORD_THROTTLED', retryRow(1_000, false), tooFast)],
  ['Throttling', entry('RECORD_THROTTLED', retryRow(1_000, false), tooFast)],
  [
    'InternalFailure',
    entry('RECORD_FAULT', retryRow(1_000, true), 'a fault of the stream’s server'),
  ],
])

const dropFault = entry('DROP_UNAVAILABLE', retryRow(2_000, false), 'out of service')
const dropKey = entry('DROP_KEY_UNKNOWN', misconfigured('mapping.accessKeyId'), unknownKey)
const dropRegion = entry('DROP_REGION', misconfigured('mapping.region'), 'another region has it')

/** S3's codes for the mapping drop. A drop that is slow or down is no reason to hold the stream: only the segment waits. */
export const dropCodes: CodeTable = new Map([
  ['AccessDenied', entry('DROP_ACCESS_DENIED', misconfigured('mapping.accessKeyId'), noRight)],
  ['InvalidAccessKeyId', dropKey],
  ['ExpiredToken', dropKey],
  [
    'SignatureDoesNotMatch',
    entry('DROP_SIGNATURE_WRONG', misconfigured('mapping.secretAccessKey'), wrongSignature),
  ],
  ['NoSuchBucket', entry('DROP_NOT_FOUND', misconfigured('mapping.bucket'), 'no such bucket')],
  ['InvalidBucketName', entry('DROP_NOT_FOUND', misconfigured('mapping.bucket'), 'no such bucket')],
  ['PermanentRedirect', dropRegion],
  ['AuthorizationHeaderMalformed', dropRegion],
  ['IllegalLocationConstraint', dropRegion],
  [
    'KeyTooLongError',
    entry('DROP_KEY_TOO_LONG', misconfigured('mapping.directory'), 'too long a name'),
  ],
  [
    'RequestTimeTooSkewed',
    entry('CLOCK_SKEWED', retryRow(2_000, false), 'the clock of this machine is wrong'),
  ],
  ['SlowDown', dropFault],
  ['ServiceUnavailable', dropFault],
  ['InternalError', dropFault],
  ['RequestTimeout', dropFault],
  ['OperationAborted', dropFault],
])

/** Amazon's name of an error as the tables have it. */
export function bareCode(amazonCode: string): string {
  return amazonCode.replace(/Exception$/, '')
}

/** Amazon's name of an error as it may be shown: nothing that came from outside goes further than its letters. */
export function shownCode(amazonCode: string): string {
  return /^[A-Za-z][A-Za-z0-9.]{0,63}$/.test(amazonCode) ? amazonCode : '(unreadable code)'
}
