/** What can be set of the Marketo server. A limit of 0 is no limit. Numbers: reference §6.1, §6.4. */
export interface MarketoSettings {
  readonly clientId: string
  readonly clientSecret: string
  /** The API-only user who owns the custom service; the token's `scope`. */
  readonly apiUser: string
  readonly tokenTtlS: number
  /** Permissions of the API-only user: `leads` (Read-Write Lead), `assets` (Read-Write Assets). Without: 603. */
  readonly permissions: readonly string[]
  /** 606 beyond. */
  readonly callsPerWindow: number
  readonly windowMs: number
  /** 615 beyond. */
  readonly concurrentCalls: number
  /** 607 beyond; resets at 00:00 CST. */
  readonly callsPerDay: number
  readonly bodyBytes: number
  readonly uriBytes: number
  /** How long every call takes, milliseconds. */
  readonly latencyMs: number
  /** Custom string field that holds the SHA-256 of the lower-cased e-mail. */
  readonly emailHashField: string
  /** Custom string field that mirrors the Experience Cloud id. */
  readonly ecidField: string
  /** Further custom string fields, all searchable. */
  readonly customFields: readonly string[]
  /** The folder that exists for lists. */
  readonly folderId: number
  readonly partitions: readonly string[]
  /** What a repeated add or remove answers: `mixed` is fixed by list and lead. */
  readonly repeatAnswer: string
}

export const marketoDefaults: MarketoSettings = {
  clientId: '3ad3f4ba-5fd6-4b8e-9c3c-6c2b6c2d5f3e',
  clientSecret: 'sandbox-marketo-secret',
  apiUser: 'apis@acmeinc.com',
  tokenTtlS: 3600,
  permissions: ['leads', 'assets'],
  callsPerWindow: 100,
  windowMs: 20_000,
  concurrentCalls: 10,
  callsPerDay: 50_000,
  bodyBytes: 1_048_576,
  uriBytes: 8192,
  latencyMs: 0,
  emailHashField: 'emailSHA256',
  ecidField: 'ecid',
  customFields: [],
  folderId: 1034,
  partitions: ['Default'],
  repeatAnswer: 'mixed',
}

export const marketoLoose: Partial<MarketoSettings> = {
  callsPerWindow: 0,
  concurrentCalls: 0,
  callsPerDay: 0,
}
