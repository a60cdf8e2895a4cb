import { createHash } from 'node:crypto'
import type { Configuration } from '../configuration/configuration.ts'
import type { Document, Kind } from '../configuration/documents.ts'
import { organisationDocument } from '../organisation/organisation-document.ts'

/** The organisation's id where nobody has said one. */
export const imsOrgDefault = 'segue@AdobeOrg'

/**
 * What every object of the flow service says of itself and its making, in the units that are documented (`reference/platform.md`
 * §4.2): times are epoch milliseconds.
 */
export function madeOf(
  configuration: Configuration,
  document: Document<Kind>,
  sandboxName: string,
): Readonly<Record<string, unknown>> {
  return {
    id: document.id,
    createdAt: document.createdAtMs,
    updatedAt: document.updatedAtMs,
    createdBy: document.createdBy,
    updatedBy: document.updatedBy,
    sandboxId: sandboxIdOf(sandboxName),
    sandboxName,
    imsOrgId: organisationDocument(configuration).value.imsOrgId ?? imsOrgDefault,
    version: document.etag,
    etag: document.etag,
  }
}

/** An id in the form that the Platform's sandboxes have; Segue knows sandboxes by name, so it is made of that. */
export function sandboxIdOf(sandboxName: string): string {
  const hex = createHash('sha256').update(`sandbox ${sandboxName}`).digest('hex')
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ]
  return [...parts, hex.slice(20, 32)].join('-')
}
