import {
  FirehoseClient,
  type FirehoseClientConfig,
  PutRecordBatchCommand,
  type PutRecordBatchCommandOutput,
} from '@aws-sdk/client-firehose'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { onTestFinished } from 'vitest'
import { exchange } from './exchange.ts'
import { at, started, type Started } from './started.ts'

/** A sandbox, and AWS' own clients pointed at it. */
export interface Streaming extends Started {
  /** Puts one record a line; objects are written as JSON. */
  readonly put: (
    lines: readonly (object | string)[],
    changes?: Partial<FirehoseClientConfig>,
  ) => Promise<PutRecordBatchCommandOutput>
  /** Puts records into a stream of this name. */
  readonly putInto: (stream: string) => Promise<PutRecordBatchCommandOutput>
  /** Drops a mapping file and answers its report. */
  readonly map: (content: string, file?: string) => Promise<unknown>
  readonly membersOf: (key: string) => Promise<unknown>
  /** One of the sandbox's own paths. */
  readonly dsp: (path: string) => Promise<unknown>
}

export const columns =
  'External Segment Key,Segment Name,Segment Description,Parent ID,Video CPM,Display CPM,Segment Window'
export const key = '57bf424dc10_7841ba61'
export const segment = '7841ba61-23c1-4bb3-a495-00d3g5fe1e93'
export const hash = '55e79200c1635b37ad31a378c39feb12f120f116625093a19bc32fff15041149'
export const idfa = 'AEBE52E7-03EE-455A-B3C4-E57283966239'
/** A mapping file with the one segment. */
export const mapping: string = `${columns}\n${key},Loyal buyers,${segment},,0,0,30\n`

/** The reference's line (reference §3.3). */
export function line(
  action: 'join' | 'leave',
  ts: number,
  identity: object = { hashed_email: hash },
): object {
  return { source_key: '57bf424dc10', external_segment_key: key, action, ts, ...identity }
}

export async function streaming(settings: object = {}, stateFile?: string): Promise<Streaming> {
  const sandbox = await started({ preset: 'loose', ...settings }, stateFile)
  const { advertisingCloud } = sandbox.ready
  const send = async (
    stream: string,
    records: readonly string[],
    changes: Partial<FirehoseClientConfig> = {},
  ): Promise<PutRecordBatchCommandOutput> => {
    const { accessKeyId, secretAccessKey } = advertisingCloud
    const client = new FirehoseClient({
      endpoint: advertisingCloud.firehoseUrl,
      region: advertisingCloud.region,
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 1,
      ...changes,
    })
    onTestFinished(() => client.destroy())
    return client.send(
      new PutRecordBatchCommand({
        DeliveryStreamName: stream,
        Records: records.map((record) => ({ Data: Buffer.from(record) })),
      }),
    )
  }
  const { mapping: drop } = advertisingCloud
  const s3 = new S3Client({
    endpoint: drop.endpoint,
    region: drop.region,
    credentials: { accessKeyId: drop.accessKeyId, secretAccessKey: drop.secretAccessKey },
    forcePathStyle: true,
    maxAttempts: 1,
  })
  onTestFinished(() => s3.destroy())
  return {
    ...sandbox,
    put: (lines, changes) =>
      send(
        advertisingCloud.deliveryStreamName,
        lines.map((one) => (typeof one === 'string' ? one : `${JSON.stringify(one)}\n`)),
        changes,
      ),
    putInto: (stream) => send(stream, ['{}']),
    map: async (content, file = 'segments.csv') => {
      const folder = { Bucket: drop.bucket }
      const Key = `${drop.directory}/${file}`
      await s3.send(new PutObjectCommand({ ...folder, Key, Body: content }))
      const report = { ...folder, Key: `${drop.directory}/reports/${file}.json` }
      const got = await s3.send(new GetObjectCommand(report))
      return JSON.parse((await got.Body?.transformToString()) ?? '')
    },
    membersOf: async (of) =>
      at(await sandbox.control('GET', '/control/members'), 'advertising-cloud', of, 'members'),
    dsp: async (path) => (await exchange(advertisingCloud.firehoseUrl, path)).json(),
  }
}
