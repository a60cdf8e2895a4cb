import type { SolutionCodes } from './solution-codes.ts'

/** Codes that the adapter of analytics may put into the books, or names as its trouble: as its README says them. */
export const analyticsCodes: SolutionCodes = {
  CALL_REFUSED: [
    'the file or the call is malformed; of names: the dataset does not take them',
    'files: failed. Names: look at `datasetId`',
  ],
  ACCESS_TOKEN_REFUSED: [
    'no token is taken',
    'one repeat with a new token, then look at `clientId`',
  ],
  ACCESS_DENIED: ['the credential may not do this', 'look at `clientId`'],
  ACCESS_TOKEN_MISSING: ['no token arrived', 'look at `clientId`, and at what is between'],
  PRODUCT_NOT_PROVISIONED: [
    'no Analytics product profile, or none of this company',
    'look at `clientId` and `companyId`',
  ],
  NOT_FOUND: ['no such address, or no such dataset', 'look at `collectUrl`, `datasetId`'],
  RESOURCE_NOT_FOUND: ['the gateway knows no such address', 'look at `collectUrl`, `companyId`'],
  FILE_TOO_LARGE: ['one row alone is over the size limit', 'failed; files of more rows are cut'],
  RATE_LIMIT: ['too many calls', 'the solution waits'],
  INTERNAL_ERROR: ['unhandled error in Analytics', 'in doubt: looked up by its key, then again'],
  GATEWAY_FAILED: ['the gateway got no answer', 'in doubt, as above'],
  FILE_NOT_GZIP: ['the file was damaged on its way', 'the rows go again'],
  COLUMN_DUPLICATED: ['two columns have one name', 'look at `segmentVariable`'],
  COLUMN_MISSING: ['a required column is missing', 'failed: a fault of this adapter'],
  REPORT_SUITE_REFUSED: ['the report suite does not take the hits [I]', 'look at `reportSuiteId`'],
  FILE_INVALID: ['rows do not conform', 'the named one fails, the others go again'],
  FILE_REJECTED: ['for a reason that is not documented', 'the rows go again in a minute'],
  ROW_INVALID: ['Analytics left the row out', 'failed'],
  FILE_BEFORE_OPEN: [
    'an older file of the visitor group is to be repeated first',
    'the rows go again',
  ],
  VISITOR_GROUP_PACED: ['the visitor group had a file a moment ago', 'the solution waits'],
  FILE_UNKNOWN: ['the file was lost after it was taken', 'its rows are sent again'],
  FOLLOW_UNREADABLE: ["the receipt's follow is not one of these", 'its rows are sent again'],
  NAMES_NOT_IMPORTED: ['the import of names failed', 'look at `nameColumn`'],
  SEGMENT_ID_TOO_LONG: ["the variable cannot hold the segment's id", 'failed'],
  SEGMENT_ID_INVALID: [
    'it has control characters, blanks at its ends, or a comma for a list',
    'failed',
  ],
  IDENTITY_INVALID: ['no identity of the row has the form that it needs', 'failed'],
  NO_IDENTITY: ['none is in a namespace that is sent', 'excluded'],
  TIMESTAMP_INVALID: ['the revision is not a time', 'failed'],
}
