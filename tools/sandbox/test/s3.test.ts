import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
} from '@aws-sdk/client-s3'
import { expect, onTestFinished, test } from 'vitest'
import { exchange } from './exchange.ts'
import { started, type Started } from './started.ts'

function client({ ready }: Started, changes: Partial<S3ClientConfig> = {}): S3Client {
  const { endpoint, region, accessKeyId, secretAccessKey } = ready.audienceManager.s3
  const s3 = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    maxAttempts: 1,
    ...changes,
  })
  onTestFinished(() => s3.destroy())
  return s3
}

const Bucket = 'demdex-s2s-clients'
const Key = "other/a file & 'quotes' ü+%.txt"

test('an object is put, read, described, listed and deleted by the official client', async () => {
  const s3 = client(await started())
  await s3.send(new HeadBucketCommand({ Bucket }))
  const put = await s3.send(
    new PutObjectCommand({ Bucket, Key, Body: 'hello', ContentType: 'text/plain' }),
  )
  expect(put.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"')
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }))
  expect(await got.Body?.transformToString()).toBe('hello')
  expect(await s3.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({
    ContentLength: 5,
    ContentType: 'text/plain',
  })
  expect(
    (await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'other/' }))).Contents,
  ).toMatchObject([{ Key, Size: 5, ETag: put.ETag }])
  await s3.send(new DeleteObjectCommand({ Bucket, Key }))
  await expect(s3.send(new GetObjectCommand({ Bucket, Key }))).rejects.toThrow(
    'The key does not exist',
  )
  await expect(s3.send(new HeadObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
    name: 'NotFound',
  })
})

test.each(['WHEN_SUPPORTED', 'WHEN_REQUIRED'] as const)(
  'streamed bodies arrive whole, with checksums %s',
  async (requestChecksumCalculation) => {
    const s3 = client(await started(), { requestChecksumCalculation })
    const content = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251))
    for (const ChecksumAlgorithm of ['CRC32', 'SHA256', 'SHA1'] as const) {
      const Body = Readable.from([content.subarray(0, 70_000), content.subarray(70_000)])
      await s3.send(
        new PutObjectCommand({
          Bucket,
          Key,
          Body,
          ContentLength: content.length,
          ChecksumAlgorithm,
        }),
      )
      const got = await s3.send(new GetObjectCommand({ Bucket, Key }))
      expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(content)).toBe(true)
    }
  },
)

test.each([
  [{ accessKeyId: 'AKIASANDBOXSEGUE0001', secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
  [{ accessKeyId: 'AKIAOTHER', secretAccessKey: 'wrong' }, 'InvalidAccessKeyId'],
])('wrong credentials answer HTTP 403, %j with %s', async (credentials, name) => {
  const s3 = client(await started(), { credentials })
  await expect(s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))).rejects.toMatchObject({
    name,
    $metadata: { httpStatusCode: 403 },
  })
})

test('a request without signature, another bucket and another region are refused', async () => {
  const sandbox = await started()
  const bare = await exchange(sandbox.ready.audienceManager.s3.endpoint, `/${Bucket}/x`)
  expect(bare.status).toBe(403)
  expect(bare.text).toContain('<Code>AccessDenied</Code>')
  const put = { Key: 'x', Body: 'x' }
  await expect(
    client(sandbox).send(new PutObjectCommand({ Bucket: 'other', ...put })),
  ).rejects.toMatchObject({
    name: 'NoSuchBucket',
  })
  const abroad = client(sandbox, { region: 'eu-west-1' })
  await expect(abroad.send(new PutObjectCommand({ Bucket, ...put }))).rejects.toMatchObject({
    name: 'AuthorizationHeaderMalformed',
  })
})

test('a checksum that does not match the body answers BadDigest and stores nothing', async () => {
  const s3 = client(await started())
  const put = new PutObjectCommand({ Bucket, Key, Body: 'hello', ChecksumCRC32: 'AAAAAA==' })
  await expect(s3.send(put)).rejects.toMatchObject({ name: 'BadDigest' })
  await expect(s3.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
    name: 'NoSuchKey',
  })
})

test('listing turns pages and groups by delimiter', async () => {
  const s3 = client(await started())
  for (const key of ['a/1', 'a/2', 'b/1', 'c'])
    await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: key }))
  const keys: unknown[] = []
  let ContinuationToken: string | undefined
  do {
    const page = await s3.send(
      new ListObjectsV2Command({
        Bucket,
        MaxKeys: 3,
        ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
      }),
    )
    keys.push(...(page.Contents ?? []).map((object) => object.Key))
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
  expect(keys).toEqual(['a/1', 'a/2', 'b/1', 'c'])
  expect(await s3.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }))).toMatchObject({
    CommonPrefixes: [{ Prefix: 'a/' }, { Prefix: 'b/' }],
    Contents: [{ Key: 'c' }],
  })
})

test('the oldest processed objects make room for new ones', async () => {
  const s3 = client(await started({ audienceManager: { s3Bytes: 25 } }))
  for (const key of ['1', '2', '3']) {
    await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: '0123456789' }))
  }
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }))
  expect(Contents.map((object) => object.Key)).toEqual(['2', '3'])
})
