import type { SolutionCodes } from './solution-codes.ts'

/** Codes that the adapter of advertising-cloud may put into the books, or names as its trouble: as its README says them. */
export const advertisingCloudCodes: SolutionCodes = {
  STREAM_NOT_FOUND: ['Amazon says ResourceNotFound', 'look at `deliveryStreamName` (and `region`)'],
  STREAM_REFUSES: [
    'Amazon says InvalidArgument, InvalidSource; UnknownOperation, InvalidAction',
    'look at `deliveryStreamName`; at `firehoseUrl`',
  ],
  STREAM_KEY_UNUSABLE: [
    'Amazon says InvalidKMSResource, KMSAccessDenied, KMSDisabled, KMSInvalidState, KMSNotFound',
    'look at `deliveryStreamName`: its encryption is not usable',
  ],
  STREAM_ACCESS_DENIED: [
    'Amazon says AccessDenied, NotAuthorized, OptInRequired',
    'look at `accessKeyId`',
  ],
  STREAM_KEY_UNKNOWN: [
    'Amazon says UnrecognizedClient, InvalidClientTokenId, InvalidAccessKeyId, ExpiredToken',
    'look at `accessKeyId`',
  ],
  STREAM_SIGNATURE_WRONG: [
    'Amazon says InvalidSignature, SignatureDoesNotMatch, MissingAuthenticationToken',
    'look at `secretAccessKey`',
  ],
  STREAM_REGION_WRONG: ['Amazon says IncompleteSignature', 'look at `region`'],
  CLOCK_SKEWED: [
    'Amazon says RequestExpired, RequestTimeTooSkewed',
    "goes again, with the server's clock",
  ],
  STREAM_THROTTLED: [
    'Amazon says Throttling, ThrottledRequest, RequestLimitExceeded, TooManyRequests, LimitExceeded, KMSThrottling; or every record of a call throttled',
    'the solution waits 1 s',
  ],
  STREAM_UNAVAILABLE: [
    'Amazon says ServiceUnavailable about a call',
    'the solution waits 2 s, in doubt',
  ],
  STREAM_FAULT: [
    'Amazon says InternalFailure, InternalServer, InternalServerError, RequestTimeout',
    'the rows go again, in doubt',
  ],
  CALL_INVALID: [
    'Amazon says Serialization, Validation, ValidationError, MissingAction',
    'failed: a fault of the adapter',
  ],
  RECORD_THROTTLED: [
    'Amazon says ServiceUnavailable, Throttling about a record',
    'the row goes again',
  ],
  RECORD_FAULT: ['Amazon says InternalFailure about a record', 'the row goes again, in doubt'],
  AMAZON_CODE_UNKNOWN: [
    'Amazon says others, with HTTP 400 or about a record',
    'the rows go again after 10 s',
  ],
  DROP_ACCESS_DENIED: ['Amazon says S3: AccessDenied', 'look at `mapping.accessKeyId`'],
  DROP_KEY_UNKNOWN: [
    'Amazon says S3: InvalidAccessKeyId, ExpiredToken',
    'look at `mapping.accessKeyId`',
  ],
  DROP_SIGNATURE_WRONG: [
    'Amazon says S3: SignatureDoesNotMatch',
    'look at `mapping.secretAccessKey`',
  ],
  DROP_NOT_FOUND: ['Amazon says S3: NoSuchBucket, InvalidBucketName', 'look at `mapping.bucket`'],
  DROP_REGION: [
    'Amazon says S3: PermanentRedirect, AuthorizationHeaderMalformed, IllegalLocationConstraint',
    'look at `mapping.region`',
  ],
  DROP_KEY_TOO_LONG: ['Amazon says S3: KeyTooLongError', 'look at `mapping.directory`'],
  DROP_UNAVAILABLE: [
    'Amazon says S3: SlowDown, ServiceUnavailable, InternalError, RequestTimeout, OperationAborted',
    "the segment's rows go again",
  ],
  NO_IDENTITY: ['none is in a namespace that is sent', 'excluded'],
  IDENTITY_INVALID: ['no identity of the row has the form that it needs', 'failed'],
  LINE_MISSING: ['no line was written for the row', 'failed: a fault of the adapter'],
}
