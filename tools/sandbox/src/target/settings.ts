/** What can be set of the Target servers. A limit of 0 is no limit. Numbers: reference §5.2, §5.3. */
export interface TargetSettings {
  /** IMS credentials; the client id is the Admin API's `x-api-key` too. */
  readonly clientId: string
  readonly clientSecret: string
  readonly tokenTtlS: number
  /** The organisation, which Adobe's own delivery client sends as `imsOrgId` where others send `client`. */
  readonly orgId: string
  readonly clientCode: string
  /** Of the Admin API's paths; not the client code. */
  readonly tenant: string
  readonly workspace: string
  /** "Require authentication" of the Profile API. */
  readonly profileAuthentication: boolean
  readonly profileTokenTtlS: number
  /** From the answer to a batch until it is applied. */
  readonly batchLagMs: number
  /** A batch is smaller than this. */
  readonly batchBytes: number
  readonly batchRows: number
  /** Rows that are lost though everything is right, of a million. */
  readonly lostRowsPerMillion: number
  /** Batches that are accepted and never applied, of a thousand. */
  readonly stuckBatchesPerThousand: number
  /** From the answer to a single update until it is applied. */
  readonly singleLagMs: number
  readonly singleUpdatesPerDay: number
  readonly singleUriBytes: number
  readonly singleBodyBytes: number
  /** All attributes of a profile, names and values. */
  readonly profileBytes: number
  readonly deliveryBodyBytes: number
  /** Of an mbox, a view or the page load. */
  readonly deliveryParameters: number
  /** Of `execute`, and of `prefetch`. */
  readonly deliveryMboxes: number
  /** 420 beyond. */
  readonly deliveryCallsPerSession: number
  readonly maxAudiences: number
  /** Audience names are unique in a workspace. */
  readonly uniqueNames: boolean
  /** The namespace of which the site sends its ids as `mbox3rdPartyId`. */
  readonly thirdPartyNamespace: string
}

export const targetDefaults: TargetSettings = {
  clientId: 'sandbox-target',
  clientSecret: 'sandbox-target-secret',
  tokenTtlS: 86_399,
  orgId: '0DD934B85278256B0A490D44@AdobeOrg',
  clientCode: 'acmeclient',
  tenant: 'acmetenant',
  workspace: '1234567',
  profileAuthentication: false,
  profileTokenTtlS: 2_592_000,
  batchLagMs: 3_600_000,
  batchBytes: 52_428_800,
  batchRows: 500_000,
  lostRowsPerMillion: 1000,
  stuckBatchesPerThousand: 0,
  singleLagMs: 3_600_000,
  singleUpdatesPerDay: 1_000_000,
  singleUriBytes: 8192,
  singleBodyBytes: 61_440,
  profileBytes: 65_536,
  deliveryBodyBytes: 62_914_560,
  deliveryParameters: 50,
  deliveryMboxes: 50,
  deliveryCallsPerSession: 100,
  maxAudiences: 20_000,
  uniqueNames: true,
  thirdPartyNamespace: 'email_lc_sha256',
}

export const targetLoose: Partial<TargetSettings> = {
  batchLagMs: 0,
  lostRowsPerMillion: 0,
  singleLagMs: 0,
  singleUpdatesPerDay: 0,
  deliveryCallsPerSession: 0,
}
