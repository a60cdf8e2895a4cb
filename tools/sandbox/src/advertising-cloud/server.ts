import { isObject } from '../json/json.ts'
import { createBucket } from '../s3/bucket.ts'
import { createS3 } from '../s3/s3.ts'
import type { Counterpart, ServerContext, SolutionServer } from '../solution-server.ts'
import { type ConsumerState, createConsumer } from './consumer.ts'
import { dspRoutes } from './dsp-routes.ts'
import { createFirehose } from './firehose.ts'
import { createMappingDrop } from './mapping-drop.ts'
import type { MappingReport } from './mapping-file.ts'
import type { AdvertisingCloudReady } from './ready.ts'
import { createSegments, type SegmentsState } from './segments.ts'
import type { AdvertisingCloudSettings } from './settings.ts'

interface Kept {
  readonly segments: SegmentsState
  readonly consumer: ConsumerState
  readonly reports: readonly MappingReport[]
}

/**
 * Advertising Cloud (DSP) in the sandbox: a delivery stream and a drop for segment-mapping files. Adobe publishes no
 * interface for segment membership; this is the contract that reference §3.3 proposes, built on the published recipe (§3.2).
 */
export function advertisingCloudServer(
  settings: AdvertisingCloudSettings,
  context: ServerContext,
): SolutionServer<AdvertisingCloudReady> {
  const solution = 'advertising-cloud'
  const { clock, touch } = context
  const segments = createSegments()
  const consumer = createConsumer(settings, segments, context)
  const bucket = createBucket(settings.mappingBucketBytes, () => false)
  const drop = createMappingDrop(settings, bucket, segments, touch)
  const firehose = createFirehose(settings, context, consumer)
  dspRoutes(firehose, segments, consumer, drop, clock.nowMs)
  return {
    solution,
    apps: {
      firehose,
      mapping: createS3({
        ...context,
        solution,
        credentials: {
          accessKeyId: settings.mappingAccessKeyId,
          secretAccessKey: settings.mappingSecretAccessKey,
          region: settings.region,
        },
        bucketName: settings.mappingBucket,
        objectBytes: settings.mappingFileBytes,
        bucket,
        nowMs: clock.nowMs,
        onPut: drop.uploaded,
      }),
    },
    ready: ({ firehose: firehoseUrl = '', mapping = '' }) => ({
      firehoseUrl,
      region: settings.region,
      deliveryStreamName: settings.deliveryStreamName,
      accessKeyId: settings.accessKeyId,
      secretAccessKey: settings.secretAccessKey,
      sourceKey: settings.sourceKey,
      mapping: {
        endpoint: mapping,
        region: settings.region,
        bucket: settings.mappingBucket,
        directory: settings.mappingDirectory,
        accessKeyId: settings.mappingAccessKeyId,
        secretAccessKey: settings.mappingSecretAccessKey,
      },
    }),
    members: () =>
      Object.fromEntries(
        [...segments.all()].map(({ key, name, description }): [string, Counterpart] => [
          key,
          { name, segment: description, members: segments.members(key, clock.nowMs()) },
        ]),
      ),
    pending: consumer.pending,
    process: () => {
      consumer.processNow()
      return Promise.resolve()
    },
    snapshot: (): Kept => ({
      segments: segments.snapshot(),
      consumer: consumer.snapshot(),
      reports: drop.reports(),
    }),
    restore: (given) => {
      if (!isKept(given)) return
      segments.restore(given.segments)
      drop.restore(given.reports)
      consumer.restore(given.consumer)
    },
  }
}

/** Only the sandbox writes its state, and its version vouches for the rest of the shape. */
function isKept(given: unknown): given is Kept {
  return isObject(given) && 'segments' in given
}
