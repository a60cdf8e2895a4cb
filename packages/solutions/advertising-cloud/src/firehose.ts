import { FirehoseClient, PutRecordBatchCommand } from '@aws-sdk/client-firehose'
import { awsRequestHandler } from '@segue/solution-kit'
import type { HttpClient, Receipt, Refusal } from '@segue/solution-kit'
import { refusalOfAwsError } from './aws-refusal.ts'
import { callCodes } from './codes.ts'
import { recordReceipts } from './record-receipts.ts'
import type { AdvertisingCloudSettings } from './settings.ts'

/** What came of one call: a receipt a record, in order, or why none of them got in. */
export type PutOutcome =
  | { readonly kind: 'answered'; readonly receipts: readonly Receipt[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** The delivery stream, as far as it is used here. Nothing throws, nothing is repeated. */
export interface Stream {
  /** Puts records, within the bounds of a call (`put-batches.ts`). */
  readonly put: (records: readonly Uint8Array[]) => Promise<PutOutcome>
  readonly close: () => void
}

/** Opens the stream with Amazon's client, which signs and reads, over the kit's HTTP (`reference/solutions.md` §3.3, proposed). */
export function deliveryStream(options: {
  readonly settings: AdvertisingCloudSettings
  readonly http: HttpClient
  readonly nowMs: () => number
}): Stream {
  const { settings, http, nowMs } = options
  const client = new FirehoseClient({
    region: settings.region,
    endpoint: settings.firehoseUrl,
    credentials: {
      accessKeyId: settings.accessKeyId,
      secretAccessKey: settings.secretAccessKey.reveal(),
    },
    // The engine repeats, with current state.
    maxAttempts: 1,
    retryMode: 'standard',
    requestHandler: awsRequestHandler(http, 'shared'),
  })
  const DeliveryStreamName = settings.deliveryStreamName

  async function put(records: readonly Uint8Array[]): Promise<PutOutcome> {
    try {
      const answer = await client.send(
        new PutRecordBatchCommand({
          DeliveryStreamName,
          Records: records.map((Data) => ({ Data })),
        }),
      )
      return recordReceipts(answer, records.length)
    } catch (error) {
      return {
        kind: 'refused',
        refusal: refusalOfAwsError(error, callCodes, 'accessKeyId', nowMs()),
      }
    }
  }

  return { put, close: () => client.destroy() }
}
