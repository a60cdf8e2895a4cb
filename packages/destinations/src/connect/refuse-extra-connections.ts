import type { Configuration } from '../configuration/configuration.ts'
import type { Document } from '../configuration/documents.ts'
import { Refusal } from '../configuration/refusal.ts'
import { organisationDocument } from '../organisation/organisation-document.ts'
import { destinationSpecId } from './catalog.ts'

/**
 * Refuses more connections to the destination than the organisation may have, over all its sandboxes; the seed's edition has
 * one. Connections (accounts) and target connections count each for themselves. What is there already is not held against a
 * change, if the limit was lowered since.
 *
 * @throws Refusal CONNECTION_LIMIT
 */
export function refuseExtraConnections(before: Configuration, after: Configuration): void {
  const { maxConnectionsPerOrg } = organisationDocument(after).value.settings
  for (const kind of ['connection', 'targetConnection'] as const) {
    const [was, is] = [toDestination(before, kind), toDestination(after, kind)]
    if (is.length <= maxConnectionsPerOrg || is.length <= was.length) continue
    const [existing] = was
    throw new Refusal(
      'CONNECTION_LIMIT',
      `the organisation has ${was.length} of ${maxConnectionsPerOrg} connections, one of them in the sandbox ${existing?.value.sandboxName ?? ''}; settings.maxConnectionsPerOrg lifts it`,
      {
        setting: 'maxConnectionsPerOrg',
        limit: maxConnectionsPerOrg,
        ...(existing === undefined
          ? {}
          : {
              existing: {
                kind,
                id: existing.id,
                name: existing.value.name,
                sandboxName: existing.value.sandboxName,
              },
            }),
      },
    )
  }
}

function toDestination(
  configuration: Configuration,
  kind: 'connection' | 'targetConnection',
): readonly Document<'connection' | 'targetConnection'>[] {
  return configuration
    .all(kind)
    .filter(({ value }) => value.connectionSpec.id === destinationSpecId)
}
