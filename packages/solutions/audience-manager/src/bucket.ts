import { setTimeout as sleep } from 'node:timers/promises'
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
  AwsTrouble,
  awsRequestHandler,
  failed,
  misconfigured,
  refusal,
  refusalOfStatus,
  refusalOfTrouble,
  retryRow,
  retrySolution,
} from '@segue/solution-kit'
import type { HttpClient, Refusal, Verdict } from '@segue/solution-kit'
import type { AudienceManagerSettings } from './settings.ts'

/** An S3 answer that the caller did not want. */
export interface BucketRefused {
  readonly kind: 'refused'
  readonly refusal: Refusal
}

/** An object as a listing shows it. */
export interface BucketObject {
  readonly key: string
  /** When it was stored, by the bucket's clock, epoch milliseconds; 0 where the listing does not say. */
  readonly modifiedMs: number
  readonly bytes: number
}

/** Audience Manager's inbound bucket, as far as it is used here. Nothing throws; only what reads is repeated. */
export interface Bucket {
  /** Stores an object that is not there yet; `exists` where it is, and then leaves it alone. */
  readonly put: (
    key: string,
    body: Uint8Array,
  ) => Promise<{ readonly kind: 'stored' | 'exists' } | BucketRefused>
  /** All objects below a prefix. */
  readonly list: (
    prefix: string,
  ) => Promise<
    { readonly kind: 'objects'; readonly objects: readonly BucketObject[] } | BucketRefused
  >
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
    // S3 is not the solution's API: its calls take nothing from the call budget.
    requestHandler: awsRequestHandler(options.http, 'none'),
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
    const outcome = await attempt(async () => answered((await client.send(command)).ETag))
    if (outcome.kind === 'done') return { kind: 'stored' } as const
    return outcome.status === 412 ? ({ kind: 'exists' } as const) : outcome.refused
  }

  async function list(prefix: string) {
    const objects: BucketObject[] = []
    let token: string | undefined
    for (let page = 1; page <= maxPages; page += 1) {
      const more = token === undefined ? {} : { ContinuationToken: token }
      const command = new ListObjectsV2Command({ Bucket, Prefix: prefix, ...more })
      const outcome = await read(async () => {
        const listed = await client.send(command)
        answered(listed.Name)
        return listed
      })
      if (outcome.kind === 'refused') return outcome.refused
      objects.push(...(outcome.result.Contents ?? []).flatMap(objectOf))
      token = outcome.result.NextContinuationToken
      if (token === undefined) return { kind: 'objects', objects } as const
    }
    return refused(refusal('BUCKET_TOO_FULL', failed, 'too many files of one day in the bucket'))
  }

  async function get(key: string) {
    const command = new GetObjectCommand({ Bucket, Key: key })
    const outcome = await read(async () => {
      const { Body, ETag } = await client.send(command)
      answered(ETag)
      return (await Body?.transformToByteArray()) ?? new Uint8Array()
    })
    if (outcome.kind === 'done') return { kind: 'object', bytes: outcome.result } as const
    return outcome.status === 404 ? ({ kind: 'absent' } as const) : outcome.refused
  }

  /** A delivery reads many times before it writes once: trouble that passes at once must not cost all of it. */
  async function read<Result>(send: () => Promise<Result>): Promise<Attempted<Result>> {
    for (const waitMs of readAgainAfterMs) {
      const outcome = await attempt(send)
      if (outcome.kind === 'done' || !passesSoon(outcome.refused.refusal)) return outcome
      await sleep(waitMs)
    }
    return attempt(send)
  }

  async function attempt<Result>(send: () => Promise<Result>): Promise<Attempted<Result>> {
    try {
      return { kind: 'done', result: await send() }
    } catch (error) {
      const status = statusOf(error)
      return { kind: 'refused', status, refused: refused(refusalOf(error, status, nowMs())) }
    }
  }

  return { put, list, get, close: () => client.destroy() }
}

type Attempted<Result> =
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'refused'; readonly status: number; readonly refused: BucketRefused }

/** A read is tried again after these. */
const readAgainAfterMs = [100, 400]
/** What asks for a longer wait than this is the engine's to wait for. */
const soonMs = 2_000

function passesSoon(because: Refusal): boolean {
  return because.status === 'retry' && because.afterMs <= soonMs
}

/**
 * A proxy's page of HTML with status 200 is a success to Amazon's client, only empty.
 * @param sign what S3 never leaves out
 * @throws Error where it is not there
 */
function answered(sign: string | undefined): void {
  if (sign === undefined) throw new Error('the answer is not one of S3')
}

function objectOf({ Key, LastModified, Size }: _Object): readonly BucketObject[] {
  if (Key === undefined) return []
  return [{ key: Key, modifiedMs: LastModified?.getTime() ?? 0, bytes: Size ?? 0 }]
}

function refused(because: Refusal): BucketRefused {
  return { kind: 'refused', refusal: because }
}

function statusOf(error: unknown): number {
  if (error instanceof NoSuchKey) return 404
  return error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? 0) : 0
}

/** S3's own codes where its HTTP status does not say enough. The credentials are what every other 403 speaks of. */
const verdicts: Readonly<Record<string, Verdict>> = {
  InvalidAccessKeyId: misconfigured('s3.accessKeyId'),
  SignatureDoesNotMatch: misconfigured('s3.secretAccessKey'),
  NoSuchBucket: misconfigured('s3.bucket'),
  PermanentRedirect: misconfigured('s3.region'),
  AuthorizationHeaderMalformed: misconfigured('s3.region'),
  // The clock of this machine is over 15 minutes wrong.
  RequestTimeTooSkewed: retrySolution(60_000, false),
  // Broken on the way: nothing was stored.
  BadDigest: retryRow(1_000, false),
  IncompleteBody: retryRow(1_000, false),
  XAmzContentSHA256Mismatch: retryRow(1_000, false),
}

function refusalOf(error: unknown, status: number, nowMs: number): Refusal {
  if (error instanceof AwsTrouble) return refusalOfTrouble(error.trouble)
  if (!(error instanceof S3ServiceException)) {
    // Not S3's answer: the client could not read it.
    return refusal('ANSWER_UNREADABLE', retryRow(1_000, true))
  }
  const verdict = verdicts[error.name]
  if (verdict !== undefined) {
    return refusal('BUCKET_REFUSED', verdict, `S3 answered ${error.name}`)
  }
  return refusalOfStatus({ status, headers: {} }, 's3.secretAccessKey', nowMs)
}
