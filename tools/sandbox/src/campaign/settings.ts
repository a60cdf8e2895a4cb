/** What can be set of the campaign servers. A limit of 0 is no limit. Numbers: reference §0.4, §4.1, §4.2. */
export interface CampaignSettings {
  readonly clientId: string
  readonly clientSecret: string
  readonly tokenTtlS: number
  /** The organization id in Standard's URLs. */
  readonly organization: string
  /** Whether the token's product profile has Campaign. Without: 403023. */
  readonly productProfile: boolean
  /** Custom profile fields of Standard by identity namespace; each is a key of its own. */
  readonly standardKeys: Readonly<Record<string, string>>
  /** The service's field that may hold a free text. */
  readonly serviceDescriptionField: string
  /** What a second subscription of a profile answers: `mixed` is fixed by service and profile. */
  readonly repeatAnswer: string
  /** Calls that the contract allows a day (UTC), for each of the two instances; 429 beyond. The product enforces none. */
  readonly engineCallsPerDay: number
  /** Standard's `XtkBigTableThreshold`: larger tables answer no `next` unless `_forcePagination=true`. */
  readonly bigTableRows: number
  readonly login: string
  readonly password: string
  /** How long the tokens of a Logon live. */
  readonly sessionTtlS: number
  /** Custom recipient attributes of Classic by identity namespace; each has a unique index. */
  readonly classicKeys: Readonly<Record<string, string>>
  /** Internal name of the folder that groups are made in. */
  readonly groupFolder: string
  /** The HTTP status of SOAP faults: 200 or 500. Refused sessions and logons answer 403. */
  readonly faultStatus: number
  readonly bodyBytes: number
}

export const campaignDefaults: CampaignSettings = {
  clientId: 'sandbox-campaign',
  clientSecret: 'sandbox-campaign-secret',
  tokenTtlS: 86_399,
  organization: 'acme',
  productProfile: true,
  standardKeys: {
    email_lc_sha256: 'cusEmailLcSha256',
    ECID: 'cusEcid',
    GAID: 'cusGaid',
    IDFA: 'cusIdfa',
  },
  serviceDescriptionField: 'description',
  repeatAnswer: 'mixed',
  engineCallsPerDay: 0,
  bigTableRows: 100_000,
  login: 'segue',
  password: 'sandbox-campaign-password',
  sessionTtlS: 86_400,
  classicKeys: { email_lc_sha256: 'emailLcSha256', ECID: 'ecid', GAID: 'gaid', IDFA: 'idfa' },
  groupFolder: 'nmsSegueGroups',
  faultStatus: 200,
  bodyBytes: 16_777_216,
}

export const campaignLoose: Partial<CampaignSettings> = { engineCallsPerDay: 0, bigTableRows: 0 }
