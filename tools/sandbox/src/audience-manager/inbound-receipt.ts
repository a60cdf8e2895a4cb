/** Why a file as a whole was not processed. */
export type FileProblem =
  | 'BAD_FOLDER'
  | 'BAD_NAME'
  | 'ACL_NOT_BUCKET_OWNER_FULL_CONTROL'
  | 'UNKNOWN_DATA_SOURCE'
  | 'TARGET_REQUIRED'
  | 'UNKNOWN_TARGET_DATA_SOURCE'
  | 'EMPTY'
  | 'NOT_GZIP'
  | 'GZIP_WITHOUT_SUFFIX'

/** The counters of the receipt mail and of the Onboarding Status Report (reference §1.3). */
export interface InboundReceipt {
  readonly file: string
  readonly status: 'processed' | 'invalid'
  readonly problem?: FileProblem
  readonly dataSourceId?: number
  readonly targetDataSourceId?: number
  recordsReceived: number
  formatErrors: number
  invalidAamId: number
  invalidDeviceId: number
  noMatchingAamId: number
  noTraitRealized: number
  recordsProcessed: number
  storedRecords: number
  totalDevices: number
  totalSignals: number
  totalUnusedSignals: number
  totalRealizedTraits: number
  totalRemovedTraits: number
  totalTraitsFailedValidation: number
  usersWithTraitsFailedValidation: number
  /** ISO 8601, on the sandbox's clock. */
  readonly jobStart: string
  jobEnd: string
}

/** A receipt with nothing counted yet. */
export function emptyReceipt(
  file: string,
  nowMs: number,
  more: Partial<Pick<InboundReceipt, 'problem' | 'dataSourceId' | 'targetDataSourceId'>> = {},
): InboundReceipt {
  const time = new Date(nowMs).toISOString()
  return {
    file,
    status: more.problem === undefined ? 'processed' : 'invalid',
    ...more,
    recordsReceived: 0,
    formatErrors: 0,
    invalidAamId: 0,
    invalidDeviceId: 0,
    noMatchingAamId: 0,
    noTraitRealized: 0,
    recordsProcessed: 0,
    storedRecords: 0,
    totalDevices: 0,
    totalSignals: 0,
    totalUnusedSignals: 0,
    totalRealizedTraits: 0,
    totalRemovedTraits: 0,
    totalTraitsFailedValidation: 0,
    usersWithTraitsFailedValidation: 0,
    jobStart: time,
    jobEnd: time,
  }
}
