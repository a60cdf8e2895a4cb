import type { Configuration } from '../configuration/configuration.ts'
import type { Document } from '../configuration/documents.ts'
import { organisationDefaults, organisationId } from './organisation.ts'

/** The organisation's document; with the etag `"0"` and the defaults as long as nobody has written one. */
export function organisationDocument(configuration: Configuration): Document<'organisation'> {
  return (
    configuration.get('organisation', organisationId) ?? {
      id: organisationId,
      etag: '"0"',
      createdAtMs: 0,
      updatedAtMs: 0,
      createdBy: '',
      updatedBy: '',
      value: organisationDefaults,
    }
  )
}
