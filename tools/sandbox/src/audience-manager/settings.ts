/** What can be set of Audience Manager's servers (DCS, REST, IMS, S3). A limit of 0 is no limit. Reference §0.4, §1. */
export interface AudienceManagerSettings {
  /** The sub-domain: the DCS answers to `<partner>.demdex.net`; also the folder in the bucket. */
  readonly partner: string
  readonly pid: number
  readonly orgId: string
  readonly clientId: string
  readonly clientSecret: string
  readonly tokenTtlS: number

  readonly dcsRegion: number
  readonly dcsUriBytes: number
  readonly dcsBodyBytes: number
  /** 429 beyond, for the whole partner; off by default as at Adobe's. */
  readonly dcsCallsPerSecond: number
  /** Whether `d_sid` and signals set onboarded traits in real time: `apply` or `ignore` (reference §1.1, caveat). */
  readonly dcsOnboardedTraits: string
  /** `d_cts` answers traits and segments only where Adobe switched it on. */
  readonly dcsTraitsInAnswer: boolean
  /** An id called more often than this within the window is deny-listed (303, 306). The real number is not published. */
  readonly denyAfterCalls: number
  readonly denyWindowMs: number

  readonly traitOwnerDataSource: number
  readonly traitOwnerName: string
  readonly ecidDataSource: number
  readonly emailDataSource: number

  /** A file is processed between half of this and all of this after its upload, on the sandbox's clock. */
  readonly fileLagMs: number
  readonly filesAtOnce: number
  readonly fileBytes: number
  readonly lineBytes: number
  readonly linesPerUser: number
  /** A trait younger than this when the file is uploaded is not known to the inbound job. */
  readonly traitReadyMs: number
  readonly populationLagMs: number

  /** Refuses the characters in names that Adobe says to avoid. */
  readonly strictNames: boolean
  /** Groups decide who sees what (reference §1.6). Adobe switches it on an organisation at a time; off: everybody sees all [I]. */
  readonly roleBasedAccess: boolean
  readonly maxTraits: number
  readonly maxSegments: number
  readonly maxFolders: number
  readonly maxFolderDepth: number

  readonly s3Region: string
  readonly s3Bucket: string
  readonly s3AccessKeyId: string
  readonly s3SecretAccessKey: string
  /** All objects together; older processed files go first. */
  readonly s3Bytes: number
}

const hourMs = 3_600_000

export const audienceManagerDefaults: AudienceManagerSettings = {
  partner: 'acme',
  pid: 1194,
  orgId: '5DC5123F5245B1D20A490D46@AdobeOrg',
  clientId: 'e1c5b3a7d9f24c0f8a6b5d4c3e2f1a0b',
  clientSecret: 'sandbox-ims-secret',
  tokenTtlS: 86_399,
  dcsRegion: 7,
  dcsUriBytes: 8192,
  dcsBodyBytes: 32_768,
  dcsCallsPerSecond: 0,
  dcsOnboardedTraits: 'apply',
  dcsTraitsInAnswer: false,
  denyAfterCalls: 1000,
  denyWindowMs: 60_000,
  traitOwnerDataSource: 29_769,
  traitOwnerName: 'Experience Platform Segments',
  ecidDataSource: 29_770,
  emailDataSource: 31_001,
  fileLagMs: 24 * hourMs,
  filesAtOnce: 3,
  fileBytes: 1_073_741_824,
  lineBytes: 102_400,
  linesPerUser: 200,
  traitReadyMs: 4 * hourMs,
  populationLagMs: 24 * hourMs,
  strictNames: true,
  roleBasedAccess: true,
  maxTraits: 100_000,
  maxSegments: 20_000,
  maxFolders: 2000,
  maxFolderDepth: 5,
  s3Region: 'us-east-1',
  s3Bucket: 'demdex-s2s-clients',
  s3AccessKeyId: 'AKIASANDBOXSEGUE0001',
  s3SecretAccessKey: 'sandbox-s3-secret',
  s3Bytes: 2_147_483_648,
}

export const audienceManagerLoose: Partial<AudienceManagerSettings> = {
  denyAfterCalls: 0,
  fileLagMs: 0,
  traitReadyMs: 0,
  populationLagMs: 0,
}
