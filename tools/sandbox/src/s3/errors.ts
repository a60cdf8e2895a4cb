import { XMLBuilder } from 'fast-xml-parser'
import type { WireAnswer } from '../faults/inject.ts'

/** S3's codes that this server answers, with their HTTP status and its own words. */
const statuses: Readonly<Record<string, readonly [status: number, message: string]>> = {
  AccessDenied: [403, 'Access Denied'],
  AuthorizationHeaderMalformed: [400, 'The authorization header is malformed'],
  BadDigest: [400, 'The checksum you gave does not match what was received'],
  EntityTooLarge: [400, 'The object is larger than allowed'],
  IncompleteBody: [400, 'The body is shorter than announced, or its chunks are malformed'],
  InternalError: [500, 'Internal error, try again'],
  InvalidAccessKeyId: [403, 'The access key id does not exist'],
  InvalidArgument: [400, 'Invalid argument'],
  InvalidRange: [416, 'The range cannot be satisfied'],
  MethodNotAllowed: [405, 'The method is not allowed against this resource'],
  MissingContentLength: [411, 'The Content-Length header is needed'],
  NoSuchBucket: [404, 'The bucket does not exist'],
  NoSuchKey: [404, 'The key does not exist'],
  NotImplemented: [501, 'This server has only single-part objects'],
  RequestTimeTooSkewed: [403, 'The request time differs too much from the server time'],
  ServiceUnavailable: [503, 'Reduce your request rate'],
  SignatureDoesNotMatch: [403, 'The signature does not match the one the server calculated'],
  SlowDown: [503, 'Reduce your request rate'],
  XAmzContentSHA256Mismatch: [400, 'The body does not match x-amz-content-sha256'],
}

/** A refused request. */
export class S3Refused extends Error {
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}

const xml = new XMLBuilder({ ignoreAttributes: false, format: false })

/** XML as S3 answers it; values are escaped. */
export function toXml(root: string, content: object): string {
  const declared = '<?xml version="1.0" encoding="UTF-8"?>\n'
  return declared + xml.build({ [root]: content })
}

/** An error as it goes out; undefined for a code that is not known here. */
export function errorAnswer(code: string, resource: string): WireAnswer | undefined {
  const known = statuses[code]
  if (known === undefined) return undefined
  const [status, message] = known
  return {
    status,
    headers: { 'content-type': 'application/xml' },
    body: toXml('Error', {
      Code: code,
      Message: message,
      Resource: resource,
      RequestId: 'SANDBOX',
    }),
  }
}
