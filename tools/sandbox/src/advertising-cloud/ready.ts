/** How Advertising Cloud's proposed interface is reached in the sandbox. */
export interface AdvertisingCloudReady {
  /** Stands for `https://firehose.us-east-1.amazonaws.com`. */
  readonly firehoseUrl: string
  readonly region: string
  readonly deliveryStreamName: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Key of the DSP's source for this partner; external segment keys begin with it. */
  readonly sourceKey: string
  /** Where segment-mapping files are dropped. */
  readonly mapping: {
    readonly endpoint: string
    readonly region: string
    readonly bucket: string
    readonly directory: string
    readonly accessKeyId: string
    readonly secretAccessKey: string
  }
}
