/** What can be set of Analytics' servers (collection, 2.0 API, IMS). A limit of 0 is no limit. Reference §0.4, §2. */
export interface AnalyticsSettings {
  readonly orgId: string
  readonly clientId: string
  readonly clientSecret: string
  readonly tokenTtlS: number
  /** Global company id of the 2.0 APIs. */
  readonly companyId: string
  /** The one report suite that there is; it is timestamp-optional. */
  readonly reportSuiteId: string

  /** The variable that holds the segment's id: an eVar, or a list variable with one id or several. */
  readonly segmentVariable: string
  readonly listDelimiter: string
  /** The variable that says `realized` or `exited`. Where a hit has none, its events decide. */
  readonly transitionVariable: string
  readonly enteredEvent: string
  readonly exitedEvent: string
  /** Types of customer id that Adobe provisioned as seeds of a visitor; others identify nobody. */
  readonly mcSeedTypes: readonly string[]

  /** A file's size as it is uploaded; 413 beyond. */
  readonly fileBytes: number
  /** A file's size unpacked; 413 beyond. */
  readonly plainBytes: number
  /** 429 beyond, for all ingest calls together. */
  readonly ingestCallsPerSecond: number
  /** A file is processed between these two after its upload, on the sandbox's clock. */
  readonly shortestLagMs: number
  readonly longestLagMs: number
  /** A file with a hit of more than 24 h ago waits at least this long. */
  readonly oldHitLagMs: number
  /** HTTP status that goes with `REJECTED`. */
  readonly rejectedStatus: number
  /** Files whose idempotency key is remembered. */
  readonly keysKept: number

  /** 429 beyond, for the one user of the 2.0 API. */
  readonly callsPerWindow: number
  readonly windowMs: number
  /** Classification dataset of the segment variable: made in Analytics' own pages, with these columns. */
  readonly datasetId: string
  readonly datasetColumns: readonly string[]
  /** The column that names a segment. */
  readonly nameColumn: string
  /** A classification job is done this long after it was taken. */
  readonly importLagMs: number
  /** A classification import's size; 413 beyond. */
  readonly importBytes: number
}

const minuteMs = 60_000

export const analyticsDefaults: AnalyticsSettings = {
  orgId: '5DC5123F5245B1D20A490D46@AdobeOrg',
  clientId: '9f2d1c7e4b6a4d0c8e5f3a1b7c9d0e2f',
  clientSecret: 'sandbox-analytics-secret',
  tokenTtlS: 86_399,
  companyId: 'acme0',
  reportSuiteId: 'examplersid',
  segmentVariable: 'eVar10',
  listDelimiter: ',',
  transitionVariable: 'eVar11',
  enteredEvent: 'event10',
  exitedEvent: 'event11',
  mcSeedTypes: [],
  fileBytes: 100_000_000,
  plainBytes: 1_000_000_000,
  ingestCallsPerSecond: 1,
  shortestLagMs: 20 * minuteMs,
  longestLagMs: 50 * minuteMs,
  oldHitLagMs: 120 * minuteMs,
  rejectedStatus: 200,
  keysKept: 100_000,
  callsPerWindow: 12,
  windowMs: 6000,
  datasetId: '6449b63563c1e069c6159415',
  datasetColumns: ['Segment Name', 'Description'],
  nameColumn: 'Segment Name',
  importLagMs: 10 * minuteMs,
  importBytes: 50_000_000,
}

export const analyticsLoose: Partial<AnalyticsSettings> = {
  ingestCallsPerSecond: 0,
  shortestLagMs: 0,
  longestLagMs: 0,
  oldHitLagMs: 0,
  callsPerWindow: 0,
  importLagMs: 0,
}
