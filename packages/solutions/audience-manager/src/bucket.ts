import {
  GetObjectCommand,
  ListObjectsV2Command,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import type { _Object } from '@aws-sdk/client-s3'
import {
  failed,
  misconfigured,
  refusal,
  refusalOfStatus,
  refusalOfTrouble,
  retryRow,
} from '@segue/solution-kit'
import type { HttpClient, Refusal } from '@segue/solution-kit'
import { S3Trouble, s3RequestHandler } from './s3-request-handler.ts'
import type { AudienceManagerSettings } from './settings.ts'

/** An S3 answer that the caller did not want. */
export interface BucketRefused {
  readonly kind: 'refused'
  readonly refusal: Refusal
}

/** Audience Manager's inbound bucket, as far as it is used here. Nothing throws, nothing is repeated. */
export interface Bucket {
  /** Stores an object that is not there yet; `exists` where it is, and then leaves it alone. */
  readonly put: (
    key: string,
    body: Uint8Array,
  ) => Promise<{ readonly kind: 'stored' | 'exists' } | BucketRefused>
  /** All keys below a prefix. */
  readonly list: (
    prefix: string,
  ) => Promise<{ readonly kind: 'keys'; readonly keys: readonly string[] } | BucketRefused>
  readonly get: (
    key: string,
  ) => Promise<
    | { readonly kind: 'object'; readonly bytes: Uint8Array }
    | { readonly kind: 'absent' }
    | BucketRefused
  >
  readonly close: () => void
}

/** A day's files of one data source: one a second would be 86 pages. */
const maxPages = 100

/** Opens the bucket with Amazon's client, over the kit's HTTP. */
export function inboundBucket(options: {
  readonly settings: AudienceManagerSettings['s3']
  readonly http: HttpClient
  readonly nowMs: () => number
}): Bucket {
  const { settings, nowMs } = options
  const client = new S3Client({
    region: settings.region,
    ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
    forcePathStyle: settings.forcePathStyle,
    credentials: {
      accessKeyId: settings.accessKeyId,
      secretAccessKey: settings.secretAccessKey.reveal(),
    },
    // The engine repeats, with current state; and `Expect: 100-continue` would only delay a body that is small.
    maxAttempts: 1,
    expectContinueHeader: false,
    requestHandler: s3RequestHandler(options.http),
  })
  const Bucket = settings.bucket

  async function put(key: string, body: Uint8Array) {
    const command = new PutObjectCommand({
      Bucket,
      Key: key,
      Body: body,
      ContentType: 'application/gzip',
      // Without it Audience Manager cannot read the file (`reference/solutions.md` §1.3).
      ACL: 'bucket-owner-full-control',
      // Two processes that choose one second must not overwrite each other's file.
      IfNoneMatch: '*',
    })
    const outcome = await attempt(() => client.send(command))
    if (outcome.kind === 'done') return { kind: 'stored' } as const
    return outcome.status === 412 ? ({ kind: 'exists' } as const) : outcome.refused
  }

  async function list(prefix: string) {
    const keys: string[] = []
    let token: string | undefined
    for (let page = 1; page <= maxPages; page += 1) {
      const more = token === undefined ? {} : { ContinuationToken: token }
      const command = new ListObjectsV2Command({ Bucket, Prefix: prefix, ...more })
      const outcome = await attempt(() => client.send(command))
      if (outcome.kind === 'refused') return outcome.refused
      keys.push(...(outcome.result.Contents ?? []).flatMap((one: _Object) => one.Key ?? []))
      token = outcome.result.NextContinuationToken
      if (token === undefined) return { kind: 'keys', keys } as const
    }
    return refused(refusal('BUCKET_TOO_FULL', failed, 'too many files of one day in the bucket'))
  }

  async function get(key: string) {
    const command = new GetObjectCommand({ Bucket, Key: key })
    const outcome = await attempt(async () => {
      const { Body } = await client.send(command)
      return (await Body?.transformToByteArray()) ?? new Uint8Array()
    })
    if (outcome.kind === 'done') return { kind: 'object', bytes: outcome.result } as const
    return outcome.status === 404 ? ({ kind: 'absent' } as const) : outcome.refused
  }

  async function attempt<Result>(
    send: () => Promise<Result>,
  ): Promise<
    | { readonly kind: 'done'; readonly result: Result }
    | { readonly kind: 'refused'; readonly status: number; readonly refused: BucketRefused }
  > {
    try {
      return { kind: 'done', result: await send() }
    } catch (error) {
      const status = statusOf(error)
      return { kind: 'refused', status, refused: refused(refusalOf(error, status, nowMs())) }
    }
  }

  return { put, list, get, close: () => client.destroy() }
}

function refused(because: Refusal): BucketRefused {
  return { kind: 'refused', refusal: because }
}

function statusOf(error: unknown): number {
  if (error instanceof NoSuchKey) return 404
  return error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0
}

/** S3's own codes: which setting they speak of. */
const settingOf: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: 's3.accessKeyId',
  SignatureDoesNotMatch: 's3.secretAccessKey',
  NoSuchBucket: 's3.bucket',
  PermanentRedirect: 's3.region',
  AuthorizationHeaderMalformed: 's3.region',
}

function refusalOf(error: unknown, status: number, nowMs: number): Refusal {
  if (error instanceof S3Trouble) return refusalOfTrouble(error.trouble)
  if (!(error instanceof S3ServiceException)) {
    // Not S3's answer: the client could not read it.
    return refusal('ANSWER_UNREADABLE', retryRow(1_000, true))
  }
  const setting = settingOf[error.name]
  if (setting !== undefined) {
    return refusal('BUCKET_REFUSED', misconfigured(setting), `S3 answered ${error.name}`)
  }
  return refusalOfStatus({ status, headers: {} }, 's3.secretAccessKey', nowMs)
}
