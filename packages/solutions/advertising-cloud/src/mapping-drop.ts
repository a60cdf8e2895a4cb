import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { Segment } from '@segue/model'
import {
  awsRequestHandler,
  failed,
  notInDoubt,
  refusal,
  remoteObjects,
  remoteSegmentId,
  retryRow,
  segmentGone,
} from '@segue/solution-kit'
import type { HttpClient, Refusal, RemoteObject, SegmentReceipt } from '@segue/solution-kit'
import { refusalOfAwsError } from './aws-refusal.ts'
import { dropCodes } from './codes.ts'
import { externalSegmentKey, remoteIdKind } from './external-segment-key.ts'
import { mappingFile, segmentName } from './mapping-row.ts'
import type { AdvertisingCloudSettings } from './settings.ts'

/** Segments' rows in the mapping drop (`reference/solutions.md` §3.3, proposed). */
export interface MappingDrop {
  /** Writes the segment's row. */
  readonly write: (segment: Segment, displayName: string) => Promise<SegmentReceipt>
  /** Writes it again under another name, with the same key. */
  readonly rename: (
    segment: Segment,
    remoteId: string,
    displayName: string,
  ) => Promise<SegmentReceipt>
  readonly close: () => void
}

/**
 * Opens the drop with Amazon's client over the kit's HTTP. One object a segment, named by its External Segment Key: a repeat, a second process, and a new name
 * all write the same object, so nothing needs to be looked up first and the last name stands.
 */
export function mappingDrop(options: {
  readonly settings: AdvertisingCloudSettings
  readonly http: HttpClient
  readonly nowMs: () => number
}): MappingDrop {
  const { settings, http, nowMs } = options
  const { mapping, sourceKey, segmentWindowDays } = settings
  const client = new S3Client({
    region: mapping.region,
    ...(mapping.endpoint === undefined ? {} : { endpoint: mapping.endpoint }),
    forcePathStyle: mapping.forcePathStyle,
    credentials: {
      accessKeyId: mapping.accessKeyId,
      secretAccessKey: mapping.secretAccessKey.reveal(),
    },
    maxAttempts: 1,
    retryMode: 'standard',
    expectContinueHeader: false,
    // The drop is not the stream: its calls take nothing from the call budget.
    requestHandler: awsRequestHandler(http, 'none'),
  })

  async function write(segment: Segment, displayName: string): Promise<SegmentReceipt> {
    const key = externalSegmentKey(sourceKey, segment)
    const file = `${mapping.directory === '' ? '' : `${mapping.directory}/`}${key}.csv`
    try {
      const { ETag } = await client.send(
        new PutObjectCommand({
          Bucket: mapping.bucket,
          Key: file,
          Body: mappingFile({ externalSegmentKey: key, segment, displayName, segmentWindowDays }),
          ContentType: 'text/csv; charset=utf-8',
        }),
      )
      // A proxy's page of HTML with status 200 is a success to Amazon's client; S3 names what it stored.
      if (ETag === undefined) return notStored
      const name = segmentName(displayName, remoteSegmentId(segment))
      const objects = segmentObjects(name, key, { file, segmentWindowDays })
      return { status: 'ready', remoteId: key, objects }
    } catch (error) {
      const because = refusalOfAwsError(error, dropCodes, 'mapping.accessKeyId', nowMs())
      return onlyThisSegment(because)
    }
  }

  async function rename(
    segment: Segment,
    remoteId: string,
    displayName: string,
  ): Promise<SegmentReceipt> {
    if (remoteIdKind(remoteId, sourceKey) === 'invalid') {
      return refusal('REMOTE_ID_INVALID', failed, 'the remote id is no External Segment Key')
    }
    if (remoteId !== externalSegmentKey(sourceKey, segment)) {
      return refusal(
        segmentGone,
        retryRow(0, false),
        'the segment was mapped for another Source Key',
      )
    }
    return write(segment, displayName)
  }

  return { write, rename, close: () => client.destroy() }
}

/**
 * What stands for a segment in Advertising DSP (`reference/solutions.md` §3.4; that a segment of this way comes into that folder is proposed as all of it is).
 */
function segmentObjects(
  name: string,
  key: string,
  mapped: { readonly file: string; readonly segmentWindowDays: number },
): readonly RemoteObject[] {
  return remoteObjects([
    {
      kind: 'segment',
      name,
      id: key,
      in: { folder: 'Adobe Segments › Real-Time CDP', 'mapping file': mapped.file },
      has: { 'segment window': `${mapped.segmentWindowDays} days` },
    },
  ])
}

const notStored = refusal(
  'ANSWER_UNREADABLE',
  retryRow(1_000, false),
  'the answer is not one of S3: the row may not be stored',
)

/** Trouble with the drop holds up the segment whose row it was, not the stream; and no membership was sent with it. */
function onlyThisSegment(because: Refusal): Refusal {
  return notInDoubt(because.status === 'retry' ? { ...because, scope: 'row' } : because)
}
