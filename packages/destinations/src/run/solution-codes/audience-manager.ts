import type { SolutionCodes } from './solution-codes.ts'

/** Codes that the adapter of audience-manager may put into the books, or names as its trouble: as its README says them. */
export const audienceManagerCodes: SolutionCodes = {
  DCS_UNSPECIFIED: ['unspecified error', 'the rows go again'],
  HOST_UNKNOWN: ['no company has this host', 'look at `dcsHost`'],
  ORG_UNKNOWN: ['no company has this organisation id', 'look at `orgId`'],
  TRAITS_NOT_EVALUATED: ['traits were not or only partly evaluated', 'the rows go again'],
  CALL_INVALID: [
    'the Host header is missing; the call is badly URL-encoded',
    'logged; the row goes by file',
  ],
  ECID_REFUSED: ['the ECID is not valid', 'failed where it was the call’s only id'],
  UUID_INVALID: ['the Audience Manager id is not valid', 'failed where it was the call’s only id'],
  IDS_INVALID: ['all customer ids are invalid', 'failed where it was the call’s only id'],
  REFERER_REFUSED: ['the referer is not allowed', 'look at `dcsHost`'],
  TOKEN_REFUSED: ['the IMS token is not valid', 'look at `clientId`'],
  OPTED_OUT: ['the person opted out', 'excluded'],
  COOKIES_BLOCKED: ['the browser blocks cookies', 'excluded'],
  OPTED_OUT_NAI: ['the person opted out at the NAI', 'excluded'],
  COUNTRY_BLOCKED: ['the company blocks this country', 'excluded'],
  COUNTRY_EMBARGOED: ['the country is under embargo', 'excluded'],
  STORE_UNAVAILABLE: [
    'the profile store could not be read; the profile could not be migrated',
    'the rows go again',
  ],
  ID_INVALID: ['a customer id is not valid', 'failed where it was the call’s only id'],
  IDS_TOO_MANY: [
    'over 10 customer ids in a call; a customer id over the tenth was discarded; over 3 ids in one namespace',
    'logged; the row goes by file',
  ],
  DATA_SOURCE_FOREIGN: ['not your data source', 'look at the one of `dataSources`'],
  ID_DENIED: [
    'the id is deny-listed: called too often; the device id is deny-listed',
    'the id is left alone for an hour',
  ],
  DATA_SOURCE_DENIED: ['the data source is deny-listed', 'the solution waits'],
  OPERATION_DENIED: ['the operation is deny-listed', 'the solution waits'],
  DEVICE_ID_INVALID: ['a device id has the wrong form', 'failed where it was the call’s only id'],
  CONSENT_CMP_UNKNOWN: ['IAB TCF: the CMP is not known', 'logged'],
  CONSENT_CMP_DELETED: ['IAB TCF: the CMP was deleted', 'logged'],
  CONSENT_MISSING: ['IAB TCF: no consent', 'excluded'],
  'DCS_<code>': ['a code that is not documented', 'the rows go again'],
  ID_QUARANTINED: ["the person's ids are deny-listed and left alone", 'goes by file'],
  REMOVAL_OPEN: ['a removal is in an open file, or the open files cannot be read', 'goes by file'],
  REMOVALS_UNKNOWN: [
    'a removal is in an open file, or the open files cannot be read',
    'goes by file',
  ],
  ADDS_ONLY: ['a removal came this way; something before it stopped the call', 'goes by file'],
  NOT_SENT: ['a removal came this way; something before it stopped the call', 'goes by file'],
  FILE_OPEN: [
    'files of the data source cannot be read back, compared or repeated now',
    'the solution waits until they are processed',
  ],
  DATA_SOURCE_UNKNOWN: [
    "Audience Manager has no data source of this number or name, by the REST API or a file's receipt",
    'look at the setting that it names; the rows stay',
  ],
  DATA_SOURCE_AMBIGUOUS: ['several data sources have the name', 'set `dataSources.traitOwner`'],
  DATA_SOURCES_TOO_MANY: [
    'over 10,000 data sources to look through',
    'set `dataSources.traitOwner`',
  ],
  FILE_REFUSED: ['Audience Manager applied nothing of a file, by its receipt', 'its rows go again'],
  FOLLOW_UNREADABLE: ['a fault: what was kept to follow names no files', 'its rows go again'],
  RESOURCE_UNKNOWN: ['the gateway knows nothing at this address (404040)', 'look at `restUrl`'],
  PROFILE_INVALID: [
    'Audience Manager is not among the products of the credential (403023)',
    'look at `clientId`',
  ],
  TOKEN_MISSING: [
    'no access token arrived: something on the way drops it (403010)',
    'look at `restUrl`',
  ],
  FILE_FULL: ['the file is at its bound', 'the next file'],
  FILE_NAMES_TAKEN: ['another process uploads files of these seconds', 'the rows go again'],
  FILE_MISSING: ['a fault of the adapter: the row was in no file', 'failed'],
  TRAIT_NOT_READY: ['the trait is younger than files can use', 'the row waits'],
  IDENTITY_INVALID: ['no identity of the row has the form that it needs', 'failed'],
  BUCKET_REFUSED: [
    'S3 refuses key, secret, bucket or region; the clock of this machine is wrong; the upload was broken on the way',
    'look at the `s3` setting that it names; the solution waits; the rows go again',
  ],
  BUCKET_TOO_FULL: ['over 100,000 files of one data source on one day', 'failed'],
  SEGMENT_MAPPED: [
    'the segment that is to be removed is mapped to a destination (409)',
    'failed: unmap it, then remove it again',
  ],
  TRAIT_IN_USE: [
    'another segment or a model uses the trait that is to be removed (409)',
    'failed: take it out there, then remove it again',
  ],
  TRAIT_NOT_OURS: [
    'the trait that is to be removed has another integration code',
    'failed: it is left alone',
  ],
  EXPORT_CONTROLS_REFUSED: [
    'the credential may not change data sources (403)',
    'make it an administrator, or switch `carryLabels` off; members wait',
  ],
  EXPORT_CONTROL_UNKNOWN: [
    'Audience Manager does not take the controls by these names (400)',
    'look at `exportControls`',
  ],
  EXPORT_CONTROLS_CONTENDED: ['somebody else keeps changing the data source', 'tried again'],
  TRAITS_TOO_MANY: ['the data source has over 100,000 traits', 'failed'],
  NAME_TAKEN: [
    'both names of the segment belong to other traits or segments',
    'look at `traitFolder`',
  ],
}
