import type { Documents } from './configuration.ts'
import type { Document, Kind } from './documents.ts'

/**
 * Reads documents as a store keeps them.
 * @param stored `kind/id` → JSON of the document
 */
export function parseDocuments(stored: Iterable<readonly [string, string]>): Documents {
  const documents = new Map<string, Map<string, Document<Kind>>>()
  for (const [field, json] of stored) {
    const kind = field.slice(0, field.indexOf('/'))
    const document: Document<Kind> = JSON.parse(json)
    let ofKind = documents.get(kind)
    if (ofKind === undefined) {
      ofKind = new Map()
      documents.set(kind, ofKind)
    }
    ofKind.set(document.id, document)
  }
  return Object.fromEntries(documents) as Documents
}
