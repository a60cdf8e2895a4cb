import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { S3Refused } from './errors.ts'

/** One key pair that may sign. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
  /** What signatures are scoped to; `s3` where it is absent. */
  readonly service?: string
}

/** A request as it came, before any decoding. */
export interface SignedRequest {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The machine's time: signers know nothing of the sandbox's clock. */
  readonly nowMs: number
  /** SHA-256 of the body, for services that are content without `x-amz-content-sha256`; S3 is not. */
  readonly bodyHash?: string
}

/** What the signature of a body's chunks goes on from. */
export interface Signature {
  readonly signature: string
  readonly signingKey: Buffer
  /** `20261123T100000Z`. */
  readonly time: string
  /** `20261123/us-east-1/s3/aws4_request`. */
  readonly scope: string
  /** `x-amz-content-sha256`: the body's hash, or how its chunks are signed. */
  readonly contentHash: string
}

const algorithm = 'AWS4-HMAC-SHA256'
const maxSkewMs = 900_000

/**
 * Checks an AWS Signature Version 4 in the Authorization header.
 * @throws S3Refused with the code that S3 answers: AccessDenied (none given), AuthorizationHeaderMalformed,
 *   InvalidAccessKeyId, RequestTimeTooSkewed, SignatureDoesNotMatch
 */
export function checkSignature(request: SignedRequest, credentials: S3Credentials): Signature {
  const header = textOf(request.headers['authorization'])
  if (header === '') throw new S3Refused('AccessDenied')
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      header,
    )
  if (parts === null) throw new S3Refused('AuthorizationHeaderMalformed')
  const [, keyId = '', date = '', region = '', service = '', signed = '', given = ''] = parts
  if (region !== credentials.region || service !== (credentials.service ?? 's3')) {
    throw new S3Refused('AuthorizationHeaderMalformed')
  }
  if (keyId !== credentials.accessKeyId) throw new S3Refused('InvalidAccessKeyId')
  const time = textOf(request.headers['x-amz-date'])
  if (Math.abs(timeMs(time) - request.nowMs) > maxSkewMs)
    throw new S3Refused('RequestTimeTooSkewed')

  const contentHash = textOf(request.headers['x-amz-content-sha256'] ?? request.bodyHash)
  const names = signed.split(';')
  if (contentHash === '' || !names.includes('host')) throw new S3Refused('AccessDenied')
  const canonical = [
    request.method,
    request.path,
    canonicalQuery(request.query),
    ...names.map(
      (name) => `${name}:${textOf(request.headers[name]).trim().replaceAll(/ +/g, ' ')}`,
    ),
    '',
    signed,
    contentHash,
  ].join('\n')
  const scope = `${date}/${region}/${service}/aws4_request`
  const signingKey = ['aws4_request', service, region, date].reduceRight<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${credentials.secretAccessKey}`),
  )
  const toSign = [algorithm, time, scope, sha256(canonical)].join('\n')
  const expected = hmac(signingKey, toSign)
  if (!timingSafeEqual(expected, Buffer.from(given, 'hex'))) {
    throw new S3Refused('SignatureDoesNotMatch')
  }
  return { signature: given, signingKey, time, scope, contentHash }
}

/** Checks one chunk of a chunked body against the signature before it, and answers this chunk's signature. */
export function checkChunk(
  seed: Signature,
  previous: string,
  chunk: Buffer,
  given: string,
): string {
  const toSign = [
    `${algorithm}-PAYLOAD`,
    seed.time,
    seed.scope,
    previous,
    sha256(''),
    sha256(chunk),
  ].join('\n')
  return same(hmac(seed.signingKey, toSign), given)
}

/** Checks the signature over the trailing headers of a chunked body. */
export function checkTrailer(
  seed: Signature,
  previous: string,
  trailer: string,
  given: string,
): void {
  const toSign = [`${algorithm}-TRAILER`, seed.time, seed.scope, previous, sha256(trailer)].join(
    '\n',
  )
  same(hmac(seed.signingKey, toSign), given)
}

export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function same(expected: Buffer, given: string): string {
  if (expected.toString('hex') !== given) throw new S3Refused('SignatureDoesNotMatch')
  return given
}

function hmac(key: Buffer, content: string): Buffer {
  return createHmac('sha256', key).update(content).digest()
}

/** Parameters sorted by name and value, with an empty value where there is none. */
function canonicalQuery(query: string): string {
  if (query === '') return ''
  return query
    .split('&')
    .map((part) => (part.includes('=') ? part : `${part}=`))
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join('&')
}

function timeMs(time: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(time)
  if (parts === null) throw new S3Refused('AccessDenied')
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number)
  return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second)
}

function textOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '')
}
