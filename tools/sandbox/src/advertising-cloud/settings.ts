/**
 * What can be set of Advertising Cloud's servers. The interface is the proposed contract of reference §3.3 [I]: Adobe has
 * published none. A limit of 0 is no limit.
 */
export interface AdvertisingCloudSettings {
  readonly region: string
  readonly deliveryStreamName: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Key of the DSP's source for this partner; external segment keys begin with it and an underscore. */
  readonly sourceKey: string

  readonly recordsPerCall: number
  /** Of all records of a call, before base64. */
  readonly callBytes: number
  /** Of one record, before base64. */
  readonly recordBytes: number
  /** Records beyond fail one by one inside HTTP 200, as at AWS [K]. */
  readonly recordsPerSecond: number

  /** A record is consumed between half of this and all of this after it was taken, on the sandbox's clock. */
  readonly segmentLagMs: number
  /** The stream delivers at least once: so many of a hundred lines come twice. */
  readonly duplicatePercent: number
  /** How long a membership holds that is not refreshed, where the mapping row does not say. */
  readonly segmentWindowDays: number

  readonly mappingBucket: string
  readonly mappingDirectory: string
  readonly mappingAccessKeyId: string
  readonly mappingSecretAccessKey: string
  /** More than 0. */
  readonly mappingFileBytes: number
  /** All objects together, more than 0; the oldest go first. */
  readonly mappingBucketBytes: number
}

export const advertisingCloudDefaults: AdvertisingCloudSettings = {
  region: 'us-east-1',
  deliveryStreamName: 'Tealium_CDP_Connector',
  accessKeyId: 'AKIASANDBOXSEGUE0002',
  secretAccessKey: 'sandbox-firehose-secret',
  sourceKey: '57bf424dc10',
  recordsPerCall: 500,
  callBytes: 4_194_304,
  recordBytes: 1_024_000,
  recordsPerSecond: 500_000,
  segmentLagMs: 86_400_000,
  duplicatePercent: 5,
  segmentWindowDays: 30,
  mappingBucket: 'adcloud-segment-mapping',
  mappingDirectory: '57bf424dc10',
  mappingAccessKeyId: 'AKIASANDBOXSEGUE0003',
  mappingSecretAccessKey: 'sandbox-mapping-secret',
  mappingFileBytes: 10_485_760,
  mappingBucketBytes: 104_857_600,
}

export const advertisingCloudLoose: Partial<AdvertisingCloudSettings> = {
  recordsPerSecond: 0,
  segmentLagMs: 0,
}
