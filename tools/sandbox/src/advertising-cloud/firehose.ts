import { randomUUID } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { injectFaults } from '../faults/inject.ts'
import { bodyOf, createServer, rawTarget } from '../http/server.ts'
import { isObject, parseObject } from '../json/json.ts'
import { createRandom } from '../random/random.ts'
import { S3Refused } from '../s3/errors.ts'
import { checkSignature, sha256 } from '../s3/sigv4.ts'
import type { ServerContext } from '../solution-server.ts'
import type { Consumer } from './consumer.ts'
import {
  faultAnswer,
  firehoseError,
  FirehoseRefused,
  messageOf,
  type RecordFault,
  recordFault,
} from './firehose-errors.ts'
import type { AdvertisingCloudSettings } from './settings.ts'

/** One record's answer, in the order of the records. */
type RecordAnswer =
  | { readonly RecordId: string }
  | { readonly ErrorCode: string; readonly ErrorMessage: string }

/** Base64 is a third longer, and every record has a name around it. */
const bodyBytes = (callBytes: number): number => (callBytes === 0 ? 67_108_864 : callBytes * 2)
const target = 'Firehose_20150804.PutRecordBatch'

/**
 * Stands in for `https://firehose.us-east-1.amazonaws.com` with the one operation of the proposed contract,
 * PutRecordBatch (reference §3.3 [I], [K]). Records may fail one by one while the call answers 200.
 */
export function createFirehose(
  settings: AdvertisingCloudSettings,
  context: ServerContext,
  consumer: Consumer,
): FastifyInstance {
  const app = createServer(bodyBytes(settings.callBytes))
  const random = createRandom(context.seed)
  const quota = createQuota(settings.recordsPerSecond, context.clock.nowMs)
  const operation = 'firehose.putRecordBatch'

  app.addHook('preHandler', async (request) => {
    if (request.routeOptions.config.operation === operation) authenticate(request, settings)
  })
  injectFaults(app, {
    ...context,
    solution: 'advertising-cloud',
    render: faultAnswer,
    isPartial: (code) => recordFault(code) !== undefined,
  })
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const refused =
      error instanceof FirehoseRefused
        ? error
        : error.statusCode === 413
          ? new FirehoseRefused('InvalidArgumentException', 'The request is too large')
          : new FirehoseRefused('InternalFailure')
    const { status, headers, body } = firehoseError(refused.code, refused.message)
    request.answer = refused.code
    void reply
      .code(status)
      .headers({ ...headers })
      .send(body)
  })
  app.setNotFoundHandler(() => {
    throw new FirehoseRefused('UnknownOperationException')
  })

  app.post('/', { config: { operation } }, (request, reply) => {
    const records = recordsOf(request, settings)
    const { fault } = request
    const asked = fault?.kind === 'code' ? recordFault(fault.code) : undefined
    const failing = asked === undefined ? new Set<number>() : drawn(records.length, asked)
    const taken: Buffer[] = []
    const answers = records.map((record, index): RecordAnswer => {
      const code = failing.has(index)
        ? (asked?.code ?? '')
        : quota()
          ? ''
          : 'ServiceUnavailableException'
      if (code !== '') return { ErrorCode: code, ErrorMessage: messageOf(code) }
      taken.push(record)
      return { RecordId: randomUUID() }
    })
    if (taken.length > 0) consumer.add(taken)
    void reply
      .header('content-type', 'application/x-amz-json-1.1')
      .header('x-amzn-requestid', randomUUID())
      .send(
        JSON.stringify({
          FailedPutCount: records.length - taken.length,
          Encrypted: false,
          RequestResponses: answers,
        }),
      )
  })
  return app

  /** Which records fail: the share that was asked for, at least one. */
  function drawn(count: number, { percent }: RecordFault): Set<number> {
    const places = random.shuffle(Array.from({ length: count }, (_, index) => index))
    return new Set(places.slice(0, Math.ceil((count * percent) / 100)))
  }
}

/** @throws FirehoseRefused */
function authenticate(request: FastifyRequest, settings: AdvertisingCloudSettings): void {
  const { path, query } = rawTarget(request)
  const hash = sha256(bodyOf(request))
  const announced = request.headers['x-amz-content-sha256']
  if (announced !== undefined && announced !== hash) {
    throw new FirehoseRefused('InvalidSignatureException')
  }
  try {
    checkSignature(
      {
        method: request.method,
        path,
        query,
        headers: request.headers,
        nowMs: Date.now(),
        bodyHash: hash,
      },
      { ...settings, service: 'firehose' },
    )
  } catch (error) {
    if (!(error instanceof S3Refused)) throw error
    throw new FirehoseRefused(signatureCodes[error.code] ?? 'InvalidSignatureException')
  }
}

/** The same faults of a signature have other names in AWS' JSON services. */
const signatureCodes: Readonly<Record<string, string>> = {
  AccessDenied: 'MissingAuthenticationTokenException',
  AuthorizationHeaderMalformed: 'IncompleteSignatureException',
  InvalidAccessKeyId: 'UnrecognizedClientException',
}

/** @throws FirehoseRefused */
function recordsOf(request: FastifyRequest, settings: AdvertisingCloudSettings): Buffer[] {
  if (request.headers['x-amz-target'] !== target) {
    throw new FirehoseRefused('UnknownOperationException')
  }
  const body = parseObject(bodyOf(request).toString())
  if (request.headers['content-type'] !== 'application/x-amz-json-1.1' || body === undefined) {
    throw new FirehoseRefused('SerializationException')
  }
  const { DeliveryStreamName: stream, Records: given } = body
  if (typeof stream !== 'string' || !Array.isArray(given) || given.length === 0) {
    throw invalid('DeliveryStreamName and Records are needed')
  }
  if (stream !== settings.deliveryStreamName) {
    throw new FirehoseRefused('ResourceNotFoundException', `Firehose ${stream} not found`)
  }
  const { recordsPerCall, recordBytes, callBytes } = settings
  if (recordsPerCall > 0 && given.length > recordsPerCall) {
    throw invalid(`Records must have at most ${recordsPerCall} members`)
  }
  let bytes = 0
  return given.map((record: unknown, index) => {
    const content = isObject(record) ? record['Data'] : undefined
    if (typeof content !== 'string' || !isBase64(content)) {
      throw new FirehoseRefused('SerializationException', `Records[${index}].Data is no base64`)
    }
    const decoded = Buffer.from(content, 'base64')
    bytes += decoded.length
    if (recordBytes > 0 && decoded.length > recordBytes) {
      throw invalid(`Records[${index}] is larger than ${recordBytes} bytes`)
    }
    if (callBytes > 0 && bytes > callBytes) {
      throw invalid(`Records are larger than ${callBytes} bytes together`)
    }
    return decoded
  })
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)
}

function invalid(message: string): FirehoseRefused {
  return new FirehoseRefused('InvalidArgumentException', message)
}

/** The stream's throughput. @returns whether one more record may go in within this second */
function createQuota(recordsPerSecond: number, nowMs: () => number): () => boolean {
  let second = 0
  let taken = 0
  return () => {
    if (recordsPerSecond === 0) return true
    const now = Math.floor(nowMs() / 1000)
    if (now !== second) {
      second = now
      taken = 0
    }
    taken += 1
    return taken <= recordsPerSecond
  }
}
