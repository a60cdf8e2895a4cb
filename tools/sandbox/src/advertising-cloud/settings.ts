/** What can be set of the advertising-cloud servers. A limit of 0 is no limit. */
export interface AdvertisingCloudSettings {
  readonly clientId: string
}

export const advertisingCloudDefaults: AdvertisingCloudSettings = {
  clientId: 'sandbox-advertising-cloud',
}

export const advertisingCloudLoose: Partial<AdvertisingCloudSettings> = {}
