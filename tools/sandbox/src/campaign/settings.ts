/** What can be set of the campaign servers. A limit of 0 is no limit. */
export interface CampaignSettings {
  readonly clientId: string
}

export const campaignDefaults: CampaignSettings = {
  clientId: 'sandbox-campaign',
}

export const campaignLoose: Partial<CampaignSettings> = {}
