import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Faults } from '../faults/faults.ts'
import { injectFaults, type WireAnswer } from '../faults/inject.ts'
import { bodyOf, createServer, queryOf, rawTarget } from '../http/server.ts'
import type { Journal } from '../journal/journal.ts'
import { objectOf } from './body.ts'
import type { Bucket, StoredObject } from './bucket.ts'
import { errorAnswer, S3Refused, toXml } from './errors.ts'
import { checkSignature, type S3Credentials, type Signature } from './sigv4.ts'

export interface S3Options {
  readonly credentials: S3Credentials
  readonly bucketName: string
  readonly objectBytes: number
  readonly bucket: Bucket
  /** The sandbox's clock, for the times of objects. */
  readonly nowMs: () => number
  /** The solution whose fault plans and journal this bucket belongs to. */
  readonly solution: string
  readonly faults: Faults
  readonly journal: Journal
  readonly onPut: (object: StoredObject) => void
}

declare module 'fastify' {
  interface FastifyRequest {
    signature: Signature | undefined
  }
}

const maxKeys = 1000

/** The part of S3 that an uploader needs, path style: PutObject, GetObject, HeadObject, DeleteObject, ListObjectsV2, HeadBucket. */
export function createS3(options: S3Options): FastifyInstance {
  const app = createServer(options.objectBytes)
  app.decorateRequest('signature', undefined)
  // Reads no object into the answer of a HEAD: Fastify would else refuse the length of a body that is not sent.
  app.addHook('preHandler', async (request) => {
    const { path, query } = rawTarget(request)
    request.signature = checkSignature(
      { method: request.method, path, query, headers: request.headers, nowMs: Date.now() },
      options.credentials,
    )
    const [, bucket = ''] = path.split('/', 2)
    if (decodeURIComponent(bucket) !== options.bucketName) throw new S3Refused('NoSuchBucket')
  })
  injectFaults(app, {
    solution: options.solution,
    faults: options.faults,
    journal: options.journal,
    render: faultAnswer,
  })
  app.setErrorHandler((error: Error & { code?: string }, request, reply) => {
    const tooLarge = error.code === 'FST_ERR_CTP_BODY_TOO_LARGE'
    const code = tooLarge
      ? 'EntityTooLarge'
      : error instanceof S3Refused
        ? error.code
        : 'InternalError'
    const answer = errorAnswer(code, rawTarget(request).path)
    request.answer = code
    void reply
      .code(answer?.status ?? 500)
      .headers({ ...answer?.headers })
      .send(answer?.body ?? '')
  })
  app.setNotFoundHandler(() => {
    throw new S3Refused('MethodNotAllowed')
  })

  const { bucket } = options
  const objectUrl = '/:bucket/*'
  const existing = (request: FastifyRequest): StoredObject => {
    const object = bucket.get(keyOf(request))
    if (object === undefined) throw new S3Refused('NoSuchKey')
    return object
  }

  app.put(objectUrl, { config: { operation: 's3.putObject' } }, (request, reply) => {
    if (queryOf(request).has('uploadId')) throw new S3Refused('NotImplemented')
    const { signature, headers } = request
    if (signature === undefined) throw new S3Refused('AccessDenied')
    const object = bucket.put({
      key: keyOf(request),
      content: objectOf(bodyOf(request), headers, signature),
      acl: textOf(headers['x-amz-acl']),
      contentType: headers['content-type'] ?? 'application/octet-stream',
      modifiedMs: options.nowMs(),
    })
    options.onPut(object)
    void reply.header('etag', object.etag).send()
  })
  app.post(objectUrl, { config: { operation: 's3.multipart' } }, () => {
    throw new S3Refused('NotImplemented')
  })
  app.get(objectUrl, { config: { operation: 's3.getObject' } }, (request, reply) => {
    sendObject(reply, existing(request)).send(existing(request).content)
  })
  app.head(objectUrl, { config: { operation: 's3.headObject' } }, (request, reply) => {
    const object = bucket.get(keyOf(request))
    if (object === undefined) {
      // A HEAD has no body to put an error into.
      request.answer = 'NoSuchKey'
      void reply.code(404).send()
      return
    }
    void sendObject(reply, object).header('content-length', object.content.length).send()
  })
  app.delete(objectUrl, { config: { operation: 's3.deleteObject' } }, (request, reply) => {
    bucket.remove(keyOf(request))
    void reply.code(204).send()
  })
  app.get('/:bucket', { config: { operation: 's3.listObjects' } }, (request, reply) => {
    const answer = listAnswer(options, queryOf(request))
    void reply.header('content-type', 'application/xml').send(answer)
  })
  app.head('/:bucket', { config: { operation: 's3.headBucket' } }, (_request, reply) => {
    void reply.send()
  })
  return app
}

function sendObject(reply: FastifyReply, object: StoredObject): FastifyReply {
  return reply.headers({
    'content-type': object.contentType,
    etag: object.etag,
    'last-modified': new Date(object.modifiedMs).toUTCString(),
  })
}

/** ListObjectsV2, with prefix, delimiter and continuation. */
function listAnswer(options: S3Options, given: URLSearchParams): string {
  const prefix = given.get('prefix') ?? ''
  const delimiter = given.get('delimiter') ?? ''
  const count = Math.min(Number(given.get('max-keys') ?? maxKeys), maxKeys)
  if (!Number.isInteger(count) || count < 1) throw new S3Refused('InvalidArgument')
  const token = given.get('continuation-token')
  const after = token === null ? (given.get('start-after') ?? '') : decodeToken(token)
  const found = options.bucket.list(prefix, after, count)
  const page = found.slice(0, count)
  const last = page.at(-1)
  const isTruncated = found.length > count
  const folders = new Set<string>()
  const contents = page.filter(({ key }) => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    if (end < 0) return true
    folders.add(key.slice(0, end + delimiter.length))
    return false
  })
  return toXml('ListBucketResult', {
    '@_xmlns': 'http://s3.amazonaws.com/doc/2006-03-01/',
    Name: options.bucketName,
    Prefix: prefix,
    KeyCount: contents.length + folders.size,
    MaxKeys: count,
    IsTruncated: isTruncated,
    ...(isTruncated && last !== undefined ? { NextContinuationToken: encodeToken(last.key) } : {}),
    Contents: contents.map((object) => ({
      Key: object.key,
      LastModified: new Date(object.modifiedMs).toISOString(),
      ETag: object.etag,
      Size: object.content.length,
      StorageClass: 'STANDARD',
    })),
    CommonPrefixes: [...folders].map((folder) => ({ Prefix: folder })),
  })
}

function keyOf(request: FastifyRequest): string {
  const { path } = rawTarget(request)
  try {
    return decodeURIComponent(path.slice(path.indexOf('/', 1) + 1))
  } catch {
    throw new S3Refused('InvalidArgument')
  }
}

function encodeToken(key: string): string {
  return Buffer.from(key).toString('base64url')
}

function decodeToken(token: string): string {
  return Buffer.from(token, 'base64url').toString()
}

function textOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '')
}

/** Scripted codes: S3's own (`SlowDown`), or an HTTP status that stands for one. */
function faultAnswer(code: string, request: FastifyRequest): WireAnswer | undefined {
  const named: Readonly<Record<string, string>> = {
    '403': 'AccessDenied',
    '404': 'NoSuchKey',
    '500': 'InternalError',
    '503': 'SlowDown',
  }
  return errorAnswer(named[code] ?? code, rawTarget(request).path)
}
