import type { AudienceManagerSettings } from './settings.ts'

/** What the ids of a data source are; decides how they are checked and how they are named when members are read. */
export type IdKind = 'ECID' | 'GAID' | 'IDFA' | 'email_lc_sha256' | 'other'

/** A data source, in the field names of the REST API (`idKind` is the sandbox's own). */
export interface DataSource {
  readonly dataSourceId: number
  readonly pid: number
  readonly name: string
  readonly description: string
  readonly integrationCode: string
  readonly idType: string
  readonly type: string
  readonly inboundS2S: boolean
  readonly outboundS2S: boolean
  readonly uniqueTraitIntegrationCodes: boolean
  readonly uniqueSegmentIntegrationCodes: boolean
  readonly dataExportRestrictions: readonly string[]
  readonly status: 'ACTIVE'
  readonly idKind: IdKind
}

export const idTypes: readonly string[] = ['CROSS_DEVICE', 'COOKIE', 'DEVICE_ADVERTISING_ID']

export interface DataSources {
  readonly byId: (dataSourceId: number) => DataSource | undefined
  readonly byCode: (integrationCode: string) => DataSource | undefined
  readonly all: () => readonly DataSource[]
  readonly put: (source: DataSource) => void
  readonly newId: () => number
}

/** The two sources that every customer of Audience Manager shares (reference §1.2). */
export const gaidDataSource = 20_914
export const idfaDataSource = 20_915
const firstFreeId = 40_000

/** The data sources that a provisioned partner has. */
export function createDataSources(settings: AudienceManagerSettings): DataSources {
  const byId = new Map<number, DataSource>()
  const byCode = new Map<string, DataSource>()
  let nextId = firstFreeId

  const put = (source: DataSource): void => {
    const old = byId.get(source.dataSourceId)
    if (old !== undefined) byCode.delete(old.integrationCode)
    byId.set(source.dataSourceId, source)
    if (source.integrationCode !== '') byCode.set(source.integrationCode, source)
    nextId = Math.max(nextId, source.dataSourceId + 1)
  }
  const provide = (dataSourceId: number, name: string, rest: Partial<DataSource>): void =>
    put({
      dataSourceId,
      pid: settings.pid,
      name,
      description: '',
      integrationCode: '',
      idType: 'COOKIE',
      type: 'GENERAL',
      inboundS2S: true,
      outboundS2S: true,
      uniqueTraitIntegrationCodes: false,
      uniqueSegmentIntegrationCodes: false,
      dataExportRestrictions: [],
      status: 'ACTIVE',
      idKind: 'other',
      ...rest,
    })

  provide(settings.traitOwnerDataSource, settings.traitOwnerName, {
    integrationCode: 'aep_segments',
    uniqueTraitIntegrationCodes: true,
    uniqueSegmentIntegrationCodes: true,
  })
  provide(settings.ecidDataSource, 'Experience Cloud ID', {
    integrationCode: 'ecid',
    idKind: 'ECID',
  })
  provide(settings.emailDataSource, 'Emails (SHA256, lowercased)', {
    integrationCode: 'emails_sha256',
    idType: 'CROSS_DEVICE',
    idKind: 'email_lc_sha256',
  })
  provide(gaidDataSource, 'Google Advertising ID', {
    pid: 0,
    integrationCode: `DSID_${gaidDataSource}`,
    idType: 'DEVICE_ADVERTISING_ID',
    idKind: 'GAID',
  })
  provide(idfaDataSource, 'Apple ID For Advertising', {
    pid: 0,
    integrationCode: `DSID_${idfaDataSource}`,
    idType: 'DEVICE_ADVERTISING_ID',
    idKind: 'IDFA',
  })

  return {
    byId: (dataSourceId) => byId.get(dataSourceId),
    byCode: (code) => byCode.get(code),
    all: () => [...byId.values()],
    put,
    newId: () => nextId,
  }
}

/** Whether an id has the form that its kind demands (reference §0.3). Ids of other kinds are the customer's own affair. */
export function isWellFormed(kind: IdKind, id: string): boolean {
  switch (kind) {
    case 'ECID':
      return /^\d{38}$/.test(id)
    case 'GAID':
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)
    case 'IDFA':
      return /^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/.test(id)
    // A hash of another case or length is another user to Audience Manager, not a wrong one.
    case 'email_lc_sha256':
    case 'other':
      return true
  }
}

/** A device's id, and so one that traits are written to without a log-in. */
export function isDevice(source: DataSource): boolean {
  return source.idType !== 'CROSS_DEVICE'
}
