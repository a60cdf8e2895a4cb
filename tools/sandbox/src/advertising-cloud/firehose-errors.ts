import type { WireAnswer } from '../faults/inject.ts'

/** Codes of AWS' JSON services, with their HTTP status and the sandbox's own words (reference §3.3, [K]). */
const codes: Readonly<Record<string, readonly [status: number, message: string]>> = {
  AccessDeniedException: [400, 'User is not authorized to perform firehose:PutRecordBatch'],
  ExpiredTokenException: [400, 'The security token included in the request is expired'],
  IncompleteSignatureException: [400, 'The Authorization header is incomplete or malformed'],
  InternalFailure: [500, 'Internal failure, try again'],
  InvalidArgumentException: [400, 'A value of the request is not valid'],
  InvalidKMSResourceException: [400, 'The stream cannot use its key'],
  InvalidSignatureException: [
    400,
    'The request signature we calculated does not match the signature you provided',
  ],
  InvalidSourceException: [400, 'Only direct puts are allowed'],
  LimitExceededException: [400, 'A limit was exceeded'],
  MissingAuthenticationTokenException: [400, 'Missing Authentication Token'],
  ResourceNotFoundException: [400, 'The delivery stream does not exist'],
  SerializationException: [400, 'The body could not be read'],
  ServiceUnavailableException: [503, 'Slow down.'],
  ThrottlingException: [400, 'Rate exceeded'],
  UnknownOperationException: [400, 'The operation is not known here'],
  UnrecognizedClientException: [400, 'The security token included in the request is invalid.'],
}

/** A refused call. */
export class FirehoseRefused extends Error {
  readonly code: string

  constructor(code: string, message: string = messageOf(code)) {
    super(message)
    this.code = code
  }
}

export function messageOf(code: string): string {
  return codes[code]?.[1] ?? 'Unknown error'
}

/** A refusal as it goes out: `__type` in the body and `x-amzn-errortype` beside it. */
export function firehoseError(code: string, message: string, status?: number): WireAnswer {
  return {
    status: status ?? codes[code]?.[0] ?? 500,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': code },
    body: JSON.stringify({ __type: code, message }),
  }
}

/** What an HTTP status that is asked for says it is. */
const named: Readonly<Record<string, string>> = {
  '400': 'InvalidArgumentException',
  '403': 'AccessDeniedException',
  '404': 'ResourceNotFoundException',
  '429': 'ThrottlingException',
  '503': 'ServiceUnavailableException',
}

/** Scripted codes for a whole call: AWS' own, or an HTTP status. */
export function faultAnswer(code: string): WireAnswer | undefined {
  if (code in codes) return firehoseError(code, messageOf(code))
  const status = Number(code)
  if (!(status >= 400 && status < 600)) return undefined
  const name = named[code] ?? 'InternalFailure'
  return firehoseError(name, messageOf(name), status)
}

/** Scripted codes for some records of a call: `records30ServiceUnavailableException` fails 30 of a hundred. */
export interface RecordFault {
  readonly percent: number
  readonly code: string
}

export function recordFault(code: string): RecordFault | undefined {
  const parts = /^records(\d{1,3})([A-Z][A-Za-z]+)$/.exec(code)
  const percent = Number(parts?.[1])
  return parts === null || percent < 1 || percent > 100
    ? undefined
    : { percent, code: parts[2] ?? '' }
}
