/** How Analytics is reached in the sandbox. */
export interface AnalyticsReady {
  /** Stands for `https://analytics-collection.adobe.io`: Bulk Data Insertion under `/aa/collect/v1`. */
  readonly collectUrl: string
  /** Stands for `https://analytics.adobe.io`: the 2.0 APIs under `/api/{companyId}`. */
  readonly apiUrl: string
  /** Stands for `https://ims-na1.adobelogin.com`. */
  readonly imsUrl: string
  readonly clientId: string
  readonly clientSecret: string
  readonly orgId: string
  /** Global company id of the 2.0 APIs. */
  readonly companyId: string
  readonly reportSuiteId: string
  /** Classification dataset of the variable that holds the segment id; made in Analytics' UI. */
  readonly datasetId: string
}
